set terminal svg size 1200,300 font 'sans,11' background 'white'
set output 'outrun-overwrite-20-1000.svg'
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
0.1 137292
0.2 49766
0.3 67620
0.4 52252
0.5 17400
0.6 61204
0.7 43673
0.8 34202
0.9 18690
1 38483
1.1 73623
1.2 73728
1.3 29458
1.4 30014
1.5 77589
1.6 59583
1.7 49509
1.8 19874
1.9 33328
2 24682
2.1 48322
2.2 46464
2.3 22001
2.4 16471
2.5 51723
end
$panel1 << end
0.1 96308
0.2 21672
0.3 47320
0.4 26188
0.5 54540
0.6 48879
0.7 45618
0.8 26725
0.9 18998
1 20725
1.1 58425
1.2 52065
1.3 48805
1.4 44249
1.5 54473
1.6 60422
1.7 51783
1.8 20870
1.9 60038
2 38752
2.1 33968
2.2 27120
2.3 14619
2.4 66170
2.5 45292
end
$panel2 << end
0.1 330629
0.2 235359
0.3 162572
0.4 92297
0.5 129976
0.6 187148
0.7 128357
0.8 99446
0.9 79896
1 124109
1.1 78905
1.2 84528
1.3 184206
1.4 122563
1.5 100215
1.6 70538
1.7 244106
1.8 166563
1.9 100824
2 184200
2.1 217891
2.2 146081
2.3 88330
2.4 86234
2.5 254877
end
set title "bp, 2 writers" noenhanced
plot $panel0 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 4 writers" noenhanced
plot $panel1 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 16 writers" noenhanced
plot $panel2 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
unset multiplot
