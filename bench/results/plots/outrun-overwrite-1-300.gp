set terminal svg size 1200,300 font 'sans,11' background 'white'
set output 'outrun-overwrite-1-300.svg'
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
0.1 66976
0.2 32700
0.3 80233
0.4 29728
0.5 93707
0.6 45510
0.7 53530
0.8 65880
0.9 41753
1 59839
1.1 42982
1.2 45780
1.3 81030
1.4 70994
1.5 30420
1.6 54309
1.7 50175
1.8 72048
1.9 27324
2 63219
2.1 52849
2.2 59974
2.3 89078
2.4 35275
2.5 78208
end
$panel1 << end
0.1 85967
0.2 43391
0.3 49165
0.4 58795
0.5 77318
0.6 30980
0.7 70068
0.8 68628
0.9 49056
1 29196
1.1 62907
1.2 33338
1.3 60505
1.4 71335
1.5 60322
1.6 39028
1.7 53050
1.8 66901
1.9 90740
2 39492
2.1 64628
2.2 40646
2.3 36892
2.4 69427
2.5 40587
end
$panel2 << end
0.1 280088
0.2 182941
0.3 205047
0.4 147738
0.5 167448
0.6 219318
0.7 183347
0.8 135563
0.9 219212
1 189624
1.1 166750
1.2 157220
1.3 207537
1.4 147254
1.5 193082
1.6 142822
1.7 263010
1.8 122123
1.9 198087
2 167572
2.1 173994
2.2 187713
2.3 204854
2.4 211957
2.5 148003
end
set title "bp, 2 writers" noenhanced
plot $panel0 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 4 writers" noenhanced
plot $panel1 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
set title "bp, 16 writers" noenhanced
plot $panel2 using 1:2 with lines lw 1.5 lc rgb '#d62728' title 'nbmap'
unset multiplot
