set terminal svg size 1200,300 font 'sans,11' background 'white'
set output 'outrun-overwrite-20-300.svg'
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
0.1 58928
0.2 66922
0.3 64315
0.4 37688
0.5 69454
0.6 56509
0.7 45948
0.8 70958
0.9 62788
1 29494
1.1 61512
1.2 71003
1.3 32266
1.4 54671
1.5 90061
1.6 33241
1.7 61260
1.8 63101
1.9 38255
2 69183
2.1 50513
2.2 48849
2.3 81841
2.4 24870
2.5 70292
end
$panel1 << end
0.1 54389
0.2 54711
0.3 87516
0.4 33652
0.5 81345
0.6 49521
0.7 57331
0.8 107522
0.9 62090
1 68363
1.1 40052
1.2 61931
1.3 44550
1.4 86022
1.5 31310
1.6 36348
1.7 43118
1.8 41610
1.9 76914
2 85385
2.1 56384
2.2 55772
2.3 78472
2.4 47222
2.5 31456
end
$panel2 << end
0.1 215503
0.2 204269
0.3 179643
0.4 172014
0.5 259534
0.6 138310
0.7 209230
0.8 168225
0.9 174388
1 185936
1.1 173234
1.2 158728
1.3 186275
1.4 149095
1.5 155527
1.6 207584
1.7 136799
1.8 177400
1.9 197013
2 213002
2.1 207866
2.2 140794
2.3 333384
2.4 187615
2.5 127473
end
set title "bp, 2 writers" noenhanced
plot $panel0 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 4 writers" noenhanced
plot $panel1 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 16 writers" noenhanced
plot $panel2 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
unset multiplot
