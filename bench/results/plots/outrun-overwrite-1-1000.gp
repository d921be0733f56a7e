set terminal svg size 1200,300 font 'sans,11' background 'white'
set output 'outrun-overwrite-1-1000.svg'
set multiplot layout 1,3
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'waiting to be freed'
set logscale y
set format y '10^{%T}'
set xlabel 'seconds'
set xrange [0:*]
$panel0 << end
0.1 100129
0.2 28603
0.3 21510
0.4 84635
0.5 51821
0.6 47881
0.7 68823
0.8 35901
0.9 22132
1 22179
1.1 25501
1.2 23022
1.3 16680
1.4 46222
1.5 35481
1.6 21811
1.7 63873
1.8 28415
1.9 20460
2 19202
2.1 16680
2.2 73196
2.3 51610
2.4 59246
2.5 42576
end
$panel1 << end
0.1 89666
0.2 19492
0.3 20964
0.4 63805
0.5 27870
0.6 24428
0.7 41472
0.8 27525
0.9 30412
1 33680
1.1 34985
1.2 17820
1.3 55612
1.4 65503
1.5 31435
1.6 40291
1.7 39464
1.8 44802
1.9 16260
2 16161
2.1 42729
2.2 54294
2.3 35421
2.4 31436
2.5 22148
end
$panel2 << end
0.1 233805
0.2 165270
0.3 101436
0.4 79292
0.5 235364
0.6 165326
0.7 106665
0.8 77597
0.9 132814
1 151832
1.1 82956
1.2 181678
1.3 202932
1.4 132711
1.5 82438
1.6 169184
1.7 103346
1.8 57794
1.9 137130
2 83101
2.1 220309
2.2 193980
2.3 129147
2.4 80392
2.5 121968
end
set title "bp, 2 writers" noenhanced
plot $panel0 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 4 writers" noenhanced
plot $panel1 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 16 writers" noenhanced
plot $panel2 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
unset multiplot
