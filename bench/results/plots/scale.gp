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
1 75.6518832
2 151.122478
4 299.409401
8 595.073568
16 1179.27183
48 3096.689
96 5255.77636
192 8709.7087
384 14808.3657
768 26874.471
end
$p0_1 << end
1 48.2979084
2 11.4138785
4 7.01596006
8 11.4630218
16 11.4852538
48 11.4859306
96 5.94670238
192 4.24700236
384 5.00027216
768 5.82644964
end
$p0_2 << end
1 49.2304315
2 11.4592342
4 11.4533023
8 11.4542165
16 11.4529443
48 11.4508196
96 8.87770416
192 5.43672536
384 8.49824353
768 7.31374079
end
$p0_3 << end
1 87.2686274
2 174.091895
4 347.081985
8 685.580745
16 1346.53672
48 3546.47618
96 6149.40043
192 10751.851
384 19050.3984
768 35311.6324
end
set title "get, 10000 keys" noenhanced
plot $p0_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     75.6518832*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p0_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p0_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p0_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     87.2686274*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p1_0 << end
1 47.2751171
2 71.4962448
4 122.346812
8 206.293682
16 353.929875
48 584.458725
96 857.00434
192 1489.56574
384 2522.43525
768 3667.75083
end
$p1_1 << end
1 34.1340038
2 8.23336643
4 6.51434944
8 9.42204687
16 9.93517491
48 9.41410594
96 4.21697153
192 3.85447088
384 4.05450032
768 4.32410569
end
$p1_2 << end
1 33.9849994
2 9.63935882
4 6.54865952
8 4.54491831
16 3.07659841
48 2.13048766
96 0.895863124
192 0.672378751
384 0.555168106
768 0.788920859
end
$p1_3 << end
1 49.2853136
2 75.3522198
4 126.571311
8 208.65497
16 338.458225
48 506.956068
96 333.444059
192 279.941716
384 273.289849
768 321.691635
end
set title "mix10, 10000 keys" noenhanced
plot $p1_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     47.2751171*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p1_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p1_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p1_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     49.2853136*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p2_0 << end
1 26.9901635
2 30.1015745
4 49.2953044
8 87.6099212
16 163.854956
48 353.991839
96 441.250829
192 711.803617
384 901.7245
768 1217.87404
end
$p2_1 << end
1 25.9001651
2 5.59729843
4 6.19244632
8 8.42037135
16 8.69741383
48 7.52140372
96 3.80708178
192 3.32834167
384 3.28439527
768 3.46609049
end
$p2_2 << end
1 24.4636552
2 6.07084539
4 4.29985683
8 3.28728641
16 2.94877965
48 2.81452246
96 1.24924396
192 0.946708817
384 0.816168833
768 0.732924553
end
$p2_3 << end
1 29.080882
2 32.7162226
4 52.7320802
8 89.8466455
16 143.994834
48 161.159545
96 89.0011327
192 75.5618305
384 75.870745
768 82.5484021
end
set title "mix50, 10000 keys" noenhanced
plot $p2_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     26.9901635*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p2_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p2_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p2_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     29.080882*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p3_0 << end
1 48.4105849
2 37.0663187
4 63.1714331
8 118.549248
16 229.21789
48 608.041784
96 560.765088
192 926.790807
384 1531.05996
768 2390.95851
end
$p3_1 << end
1 47.4009146
2 5.52006179
4 6.92076803
8 11.4081783
16 11.4835483
48 11.4815438
96 3.83685881
192 3.02203194
384 3.54927576
768 3.30685259
end
$p3_2 << end
1 38.5448096
2 5.42493678
4 6.89154692
8 10.4187495
16 10.572033
48 10.5492239
96 3.44961329
192 2.94669937
384 3.51028012
768 3.27780956
end
$p3_3 << end
1 53.0309712
2 39.2100475
4 59.1214568
8 71.94207
16 72.7855584
48 74.5089448
96 38.8217374
192 31.85556
384 30.3092423
768 32.6425573
end
set title "overwrite, 10000 keys" noenhanced
plot $p3_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     48.4105849*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p3_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#1f77b4' title 'lock', \
     $p3_2 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#2ca02c' title 'readers', \
     $p3_3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#ff9896' title 'nbmap, Zipf', \
     53.0309712*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p4_0 << end
1 75.6518832
2 151.122478
4 299.409401
8 595.073568
16 1179.27183
48 3096.689
96 5255.77636
192 8709.7087
384 14808.3657
768 26874.471
end
$p4_1 << end
1 35.3608555
2 64.7896473
4 124.261504
8 245.755225
16 398.181219
48 821.068711
96 1485.42487
192 2816.52271
384 5515.0925
768 10976.8165
end
set title "get, nbmap" noenhanced
plot $p4_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     75.6518832*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p4_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     35.3608555*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p5_0 << end
1 48.4105849
2 37.0663187
4 63.1714331
8 118.549248
16 229.21789
48 608.041784
96 560.765088
192 926.790807
384 1531.05996
768 2390.95851
end
$p5_1 << end
1 29.2367197
2 46.3983508
4 74.0923916
8 122.036407
16 222.162668
48 640.648119
96 582.536286
192 1056.16234
384 2041.58621
768 4055.91105
end
set title "overwrite, nbmap" noenhanced
plot $p5_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     48.4105849*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p5_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     29.2367197*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p6_0 << end
1 19.7501212
2 14.9331071
4 23.1449751
8 41.3652831
16 78.3192294
48 207.520538
96 166.868064
192 170.156315
384 181.638223
768 180.408878
end
$p6_1 << end
1 9.81174728
2 15.7071384
4 26.3005814
8 42.2071076
16 68.6642859
48 180.781388
96 186.897803
192 308.825128
384 565.834922
768 1084.62976
end
set title "insert, nbmap" noenhanced
plot $p6_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     19.7501212*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p6_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     9.81174728*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p7_0 << end
1 45.6369377
2 33.34354
4 51.8251845
8 93.3512369
16 176.471126
48 458.510432
96 449.823454
192 675.00648
384 958.943728
768 1286.38428
end
$p7_1 << end
1 24.400408
2 41.9472917
4 67.3182705
8 99.5806913
16 166.676779
48 467.957248
96 488.323868
192 787.370363
384 1423.59722
768 2728.02079
end
set title "remove, nbmap" noenhanced
plot $p7_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     45.6369377*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p7_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     24.400408*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p8_0 << end
1 30.9474444
2 27.1996245
4 42.3438733
8 73.1548466
16 129.235341
48 267.154496
96 178.140395
192 241.803416
384 345.192337
768 529.519772
end
set title "count, nbmap" noenhanced
plot $p8_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     30.9474444*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p9_0 << end
1 25.0573782
2 24.7495572
4 42.1475327
8 76.5154041
16 137.122759
48 273.04053
96 203.110296
192 260.31208
384 307.340677
768 897.897212
end
$p9_1 << end
1 17.6620693
2 31.1236129
4 52.573221
8 83.0200788
16 131.87809
48 270.545335
96 206.515527
192 255.239006
384 318.685198
768 1012.12736
end
set title "boxed, nbmap" noenhanced
plot $p9_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title '10^4 keys', \
     25.0573782*x with lines dt 3 lc rgb '#bbbbbb' notitle, \
     $p9_1 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#9467bd' title '10^6 keys', \
     17.6620693*x with lines dt 3 lc rgb '#bbbbbb' notitle
$p10_0 << end
1 6.51677257
2 6.91241448
4 11.3210184
8 19.0553272
16 37.0093742
48 77.0023062
96 56.2414212
192 48.1538373
384 45.1965921
768 47.4373967
end
set title "growth from empty, nbmap" noenhanced
plot $p10_0 with linespoints lw 2 pt 7 ps 0.4 lc rgb '#d62728' title 'nbmap', \
     6.51677257*x with lines dt 3 lc rgb '#bbbbbb' notitle
unset multiplot
