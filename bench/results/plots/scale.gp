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
1 78.1208379
2 156.557724
4 311.116136
8 622.121249
16 1248.45224
48 3706.86451
96 7374.12419
192 14638.3692
384 28572.345
768 55464.6898
end
$p0_1 << end
1 50.4595868
2 11.4974078
4 7.14580993
8 11.5598637
16 11.5786576
48 11.5798981
96 6.02839236
192 4.45045031
384 5.27661565
768 6.18005
end
$p0_2 << end
1 51.3614913
2 11.5560041
4 11.5551403
8 11.5500474
16 11.5490592
48 11.5452434
96 9.24670658
192 5.48079638
384 8.28312375
768 7.30002308
end
$p0_3 << end
1 90.8409398
2 181.888538
4 364.046585
8 724.444818
16 1444.65369
48 4310.15629
96 8574.80432
192 17016.8481
384 33119.0926
768 64004.575
end
set title "get, 10000 keys" noenhanced
plot $p0_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     78.1208379*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p0_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p0_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p0_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     90.8409398*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p1_0 << end
1 49.0273998
2 74.2343616
4 129.500836
8 222.140242
16 385.43752
48 666.550431
96 956.907686
192 1656.93214
384 2747.0928
768 3827.91959
end
$p1_1 << end
1 34.9822232
2 8.36809695
4 6.64102063
8 9.60342509
16 10.1455013
48 9.65452564
96 4.4659793
192 3.9481694
384 4.11505575
768 4.40291698
end
$p1_2 << end
1 34.8558246
2 9.79227545
4 6.67153808
8 4.60678796
16 3.10650298
48 2.05622988
96 0.87166029
192 0.658606423
384 0.586086216
768 0.79221943
end
$p1_3 << end
1 50.7701959
2 77.9148619
4 133.075055
8 223.001182
16 362.15485
48 544.527418
96 340.335387
192 286.453095
384 286.369245
768 320.605433
end
set title "mix10, 10000 keys" noenhanced
plot $p1_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     49.0273998*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p1_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p1_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p1_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     50.7701959*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p2_0 << end
1 27.8671903
2 31.1174596
4 51.7660802
8 93.0593527
16 174.961007
48 390.055803
96 475.087251
192 755.154674
384 938.726462
768 1250.11237
end
$p2_1 << end
1 26.3440229
2 5.73081923
4 6.35952466
8 8.70338138
16 9.03538667
48 7.97176189
96 3.89699931
192 3.3973322
384 3.30137278
768 3.40650011
end
$p2_2 << end
1 24.9573057
2 6.20315297
4 4.35633282
8 3.35369349
16 3.00607517
48 2.91604466
96 1.27155668
192 0.961255412
384 0.851070998
768 0.760513534
end
$p2_3 << end
1 29.9802577
2 33.7580888
4 55.0034846
8 94.3606412
16 149.722252
48 163.978959
96 92.8105633
192 81.1160609
384 76.2949836
768 86.1719049
end
set title "mix50, 10000 keys" noenhanced
plot $p2_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     27.8671903*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p2_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p2_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p2_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     29.9802577*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p3_0 << end
1 50.1856889
2 38.4125724
4 65.7631031
8 123.733084
16 239.751885
48 646.499584
96 580.253062
192 959.591796
384 1569.64556
768 2446.53508
end
$p3_1 << end
1 49.6134132
2 5.62449956
4 7.05061724
8 11.5112118
16 11.5770352
48 11.5752483
96 3.87664193
192 3.05667735
384 3.65580346
768 3.41708391
end
$p3_2 << end
1 40.4137831
2 5.53637677
4 7.02158784
8 10.530008
16 10.6747556
48 10.655201
96 3.52361658
192 3.07320304
384 3.57810145
768 3.38786083
end
$p3_3 << end
1 55.2328336
2 40.6356983
4 60.8818233
8 73.7631563
16 74.1927398
48 76.6591702
96 39.0746466
192 32.48073
384 30.9384389
768 33.3998998
end
set title "overwrite, 10000 keys" noenhanced
plot $p3_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     50.1856889*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p3_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p3_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p3_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     55.2328336*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p4_0 << end
1 78.1208379
2 156.557724
4 311.116136
8 622.121249
16 1248.45224
48 3706.86451
96 7374.12419
192 14638.3692
384 28572.345
768 55464.6898
end
$p4_1 << end
1 39.0342451
2 69.9839071
4 133.063773
8 262.616701
16 416.717391
48 945.89378
96 1776.43237
192 3425.88674
384 6717.12048
768 13315.7793
end
set title "get, nbmap" noenhanced
plot $p4_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     78.1208379*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p4_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     39.0342451*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p5_0 << end
1 50.1856889
2 38.4125724
4 65.7631031
8 123.733084
16 239.751885
48 646.499584
96 580.253062
192 959.591796
384 1569.64556
768 2446.53508
end
$p5_1 << end
1 31.7872373
2 49.1634696
4 77.4350373
8 126.797122
16 230.786421
48 669.547571
96 602.092431
192 1087.75697
384 2098.05853
768 4168.58709
end
set title "overwrite, nbmap" noenhanced
plot $p5_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     50.1856889*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p5_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     31.7872373*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p6_0 << end
1 22.1838376
2 15.6896725
4 24.1778546
8 43.2539974
16 81.921694
48 219.883035
96 173.423582
192 172.871052
384 183.701857
768 184.158172
end
$p6_1 << end
1 10.9764857
2 16.9526768
4 27.8169487
8 43.9022739
16 69.6378907
48 189.317315
96 191.755891
192 317.419512
384 582.088757
768 1117.53004
end
set title "insert, nbmap" noenhanced
plot $p6_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     22.1838376*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p6_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     10.9764857*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p7_0 << end
1 47.6415929
2 34.2454576
4 53.2459913
8 95.9919628
16 181.465715
48 479.961041
96 465.287519
192 693.018881
384 980.260142
768 1292.61927
end
$p7_1 << end
1 27.3842709
2 45.9565469
4 71.7713908
8 103.191367
16 170.875385
48 481.635633
96 501.6884
192 807.629261
384 1458.22832
768 2792.40842
end
set title "remove, nbmap" noenhanced
plot $p7_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     47.6415929*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p7_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     27.3842709*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p8_0 << end
1 33.2705527
2 28.3033181
4 43.8671715
8 75.757049
16 133.911714
48 280.308433
96 186.091613
192 247.427057
384 334.528535
768 543.343052
end
set title "count, nbmap" noenhanced
plot $p8_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     33.2705527*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p9_0 << end
1 26.6404432
2 25.8241148
4 43.5965499
8 80.1471585
16 144.659051
48 262.802894
96 209.305979
192 270.111569
384 331.532978
768 936.242316
end
$p9_1 << end
1 19.3927626
2 33.6400964
4 55.4013245
8 87.2098565
16 139.290213
48 266.776747
96 213.010676
192 270.137449
384 335.305842
768 1058.61762
end
set title "boxed, nbmap" noenhanced
plot $p9_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     26.6404432*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p9_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     19.3927626*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p10_0 << end
1 7.24663324
2 7.36067897
4 12.0143313
8 21.7059021
16 32.2156427
48 81.8533757
96 48.7799139
192 53.9533073
384 46.0074738
768 72.8277358
end
set title "growth from empty, nbmap" noenhanced
plot $p10_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     7.24663324*x with lines dt 3 lc rgb '#bbbbbb' notitle
unset multiplot
