set terminal svg size 1500,870 font 'sans,11' background 'white'
set output 'scale.svg'
set multiplot layout 3,4 title 'A model, not a measurement: million operations/s by simulated threads; dotted: linear'
set grid lt 1 lc rgb '#dddddd'
set key top left samplen 1.5
set border 3
set tics nomirror
set logscale xy
set xrange [1:1000]
set format y '10^{%T}'
set xtics (1, 8, 48, 192, 768)
set xlabel 'simulated threads' offset 0,0.5
$p0_0 << end
1 74.8537145
2 149.74372
4 297.654983
8 594.985068
16 1192.58618
48 3534.84579
96 7026.08532
192 13942.9272
384 27208.3757
768 53053.8316
end
$p0_1 << end
1 50.4085197
2 16.5059212
4 8.38399436
8 15.4860227
16 16.7466669
48 16.7320846
96 5.93223651
192 5.57110813
384 5.57572544
768 5.64292701
end
$p0_2 << end
1 51.5731981
2 16.6420207
4 16.6633508
8 16.6725124
16 16.6589384
48 16.6743445
96 12.5386492
192 11.6296286
384 11.1830232
768 10.9763322
end
$p0_3 << end
1 85.7434491
2 171.596908
4 343.669861
8 683.376069
16 1363.17554
48 4067.1505
96 8085.55946
192 16048.569
384 31273.3193
768 60474.3075
end
set title "get, 10000 keys" noenhanced
plot $p0_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     74.8537145*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p0_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p0_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p0_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     85.7434491*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p1_0 << end
1 48.5164666
2 73.8151799
4 123.663087
8 202.615035
16 340.329047
48 521.691591
96 762.54191
192 1120.85589
384 1360.93293
768 1983.70169
end
$p1_1 << end
1 35.3163915
2 11.1370853
4 7.45842187
8 10.4082428
16 10.8842443
48 9.38612636
96 4.79024765
192 4.25403787
384 4.31700656
768 4.67969367
end
$p1_2 << end
1 35.2159734
2 12.0675615
4 8.36060991
8 6.06193306
16 4.41769328
48 3.14174067
96 1.4778449
192 1.17172898
384 1.06447153
768 1.31409461
end
$p1_3 << end
1 49.8843344
2 77.4705215
4 127.132123
8 204.839228
16 329.620189
48 498.794295
96 313.93135
192 277.258069
384 272.313979
768 334.234063
end
set title "mix10, 10000 keys" noenhanced
plot $p1_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     48.5164666*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p1_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p1_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p1_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     49.8843344*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p2_0 << end
1 25.977335
2 29.8596179
4 47.8877825
8 83.2939533
16 152.994891
48 302.317367
96 273.623428
192 252.263646
384 248.985657
768 252.386758
end
$p2_1 << end
1 26.6454882
2 6.71483626
4 7.16993361
8 9.6573192
16 9.90654754
48 8.26030598
96 4.50252816
192 3.76553435
384 3.76751411
768 3.93794771
end
$p2_2 << end
1 25.1787007
2 6.97293194
4 4.90752237
8 4.06547942
16 3.75736085
48 3.63711667
96 1.50482364
192 1.23803891
384 1.09031212
768 0.9943167
end
$p2_3 << end
1 29.1640392
2 33.3173539
4 52.6860295
8 88.6601579
16 144.61138
48 175.101982
96 91.4152168
192 80.7129984
384 77.4950301
768 90.0334021
end
set title "mix50, 10000 keys" noenhanced
plot $p2_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     25.977335*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p2_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p2_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p2_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     29.1640392*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p3_0 << end
1 47.2059105
2 39.2348058
4 66.8860625
8 125.532565
16 243.250053
48 614.254739
96 596.898744
192 990.613213
384 1630.45584
768 2561.45291
end
$p3_1 << end
1 49.2952835
2 6.15761789
4 8.01666912
8 15.0937176
16 16.7242661
48 16.7221366
96 4.07596239
192 3.92831992
384 4.15064425
768 3.99811816
end
$p3_2 << end
1 39.8198474
2 5.97685233
4 7.94602324
8 14.5855636
16 14.5562354
48 14.4790677
96 4.05865899
192 4.11759695
384 4.03375465
768 3.94138967
end
$p3_3 << end
1 51.5717463
2 41.2533433
4 63.3275858
8 77.3729983
16 78.6318787
48 80.3173208
96 41.803458
192 34.1617589
384 32.898688
768 35.3710248
end
set title "overwrite, 10000 keys" noenhanced
plot $p3_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     47.2059105*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p3_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p3_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p3_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     51.5717463*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p4_0 << end
1 74.8537145
2 149.74372
4 297.654983
8 594.985068
16 1192.58618
48 3534.84579
96 7026.08532
192 13942.9272
384 27208.3757
768 53053.8316
end
$p4_1 << end
1 32.4082363
2 61.826314
4 120.464211
8 240.428368
16 422.193955
48 765.154882
96 1409.93778
192 2671.87459
384 5190.98335
768 10226.659
end
set title "get, nbmap" noenhanced
plot $p4_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     74.8537145*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p4_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     32.4082363*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p5_0 << end
1 47.2059105
2 39.2348058
4 66.8860625
8 125.532565
16 243.250053
48 614.254739
96 596.898744
192 990.613213
384 1630.45584
768 2561.45291
end
$p5_1 << end
1 27.2742585
2 45.3703808
4 75.4375254
8 127.518709
16 234.740028
48 668.871029
96 621.572531
192 1122.83496
384 2162.09957
768 4282.7667
end
set title "overwrite, nbmap" noenhanced
plot $p5_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     47.2059105*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p5_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     27.2742585*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p6_0 << end
1 26.9622939
2 17.0786194
4 25.3532578
8 44.5015246
16 83.4424455
48 174.530363
96 108.720844
192 94.0990564
384 102.364075
768 102.882218
end
$p6_1 << end
1 9.44660025
2 17.2088831
4 30.2835327
8 49.1648577
16 81.9903951
48 206.905269
96 211.938783
192 282.031548
384 387.94051
768 418.649425
end
set title "insert, nbmap" noenhanced
plot $p6_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     26.9622939*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p6_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     9.44660025*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p7_0 << end
1 41.9894437
2 31.927248
4 49.3090321
8 85.8827624
16 112.265072
48 131.582716
96 67.9018004
192 56.4740124
384 52.2919305
768 50.3210307
end
$p7_1 << end
1 21.8199945
2 38.4917161
4 64.2163496
8 99.7111202
16 170.761522
48 457.122425
96 426.203935
192 546.449378
384 642.075584
768 771.082476
end
set title "remove, nbmap" noenhanced
plot $p7_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     41.9894437*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p7_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     21.8199945*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p8_0 << end
1 41.0462002
2 30.7622099
4 46.7024753
8 79.6079831
16 100.472752
48 115.074368
96 57.6892602
192 50.2096934
384 47.3497486
768 46.3300529
end
set title "count, nbmap" noenhanced
plot $p8_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     41.0462002*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p9_0 << end
1 23.8608574
2 25.1491866
4 41.5249598
8 72.5885401
16 119.511497
48 140.627576
96 88.362236
192 80.0709167
384 85.7148897
768 62.8291086
end
$p9_1 << end
1 16.3492762
2 29.0074966
4 49.8026617
8 75.3226239
16 117.39157
48 146.495016
96 85.7345711
192 77.197297
384 88.0058895
768 66.3529579
end
set title "boxed, nbmap" noenhanced
plot $p9_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     23.8608574*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p9_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     16.3492762*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p10_0 << end
1 8.17642924
2 8.31036936
4 13.2481141
8 23.2831133
16 33.0688243
48 59.2723488
96 40.937617
192 33.2350137
384 31.105614
768 34.8204483
end
set title "growth from empty, nbmap" noenhanced
plot $p10_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     8.17642924*x with lines dt 3 lc rgb '#bbbbbb' notitle
unset multiplot
