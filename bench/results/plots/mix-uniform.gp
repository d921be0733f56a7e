set terminal svg size 1260,600 font 'sans,11' background 'white'
set output 'mix-uniform.svg'
set multiplot layout 2,3
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million operations/s'
set yrange [0:*]
$panel0 << end
"0%" 72.6412752 14.6764104 25.3270423 25.0062629 29.1037067 26.5548064 29.1187405 58.3114503 47.6754413
"10%" 69.4056353 18.6799187 20.5518794 30.6961493 36.2584874 16.7157437 24.5040898 52.0102075 50.0668155
"50%" 38.8829741 14.2695211 14.3466905 22.5519769 28.7558222 13.9362125 20.2990841 35.7024886 43.0359322
end
$panel1 << end
"0%" 20.0616586 1.58771382 7.77263758 11.4124972 5.67663153 10.0066507 8.72918339 14.7003411 27.0335673
"10%" 21.938277 1.56868822 7.51859796 9.54694328 6.86108347 6.16984483 5.68054823 10.2458027 26.9727429
"50%" 15.4769987 1.31455541 6.2082577 5.19427727 5.89010511 9.10716127 5.66467097 9.2913368 15.8328952
end
$panel2 << end
"0%" 17.4784339 0.124353986 0.561578131 6.83670034 1.73386632 6.31831585 2.38981533 7.57732909 13.5394194
"10%" 17.0415483 0.027806471 6.09926029 6.78366716 4.71116951 6.28708513 5.39531208 9.64815136 13.4730819
"50%" 13.5196718 1.77846776 6.10513752 6.23429668 0.81211757 5.44334693 2.47192792 4.65870507 12.4558965
end
$panel3 << end
"0%" 184.897333 36.156155 60.2550076 22.1787385 16.2647839 17.4606823 63.0612898 102.4637
"10%" 71.1856274 25.767831 9.93609898 21.4046298 19.5945707 3.55069377 27.2117233 49.6232402
"50%" 27.8185883 9.30722934 2.78957392 16.92319 12.2901237 2.30666135 15.6977575 19.0030328
end
$panel4 << end
"0%" 38.5060593 2.82714391 12.5641277 16.1158135 10.3664216 12.2085033 14.2314099 23.1910789
"10%" 38.2281381 2.97004975 7.63505089 14.2320517 11.8015236 3.21170764 14.4357296 0.0338796379
"50%" 26.0953502 2.66487965 2.53073325 9.03820998 10.5747313 2.22439761 9.92812026 12.5489677
end
$panel5 << end
"0%" 29.7648545 0.731486231 10.7427555 12.5043336 6.42038693 10.0296745 10.2469511 19.9735907
"10%" 27.4947259 0.20638645 5.4413916 11.4808382 8.12884265 1.52810985 9.70976336 13.619348
"50%" 22.8067448 3.36975141 1.41918197 10.2614053 0.50171425 1.08580391 6.72115984 11.8914304
end
set title "n = 10000, threads 1" noenhanced
set xrange [-0.3:2.3]
plot $panel0 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel0 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#8c564b' title 'ck ht', \
     $panel0 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 0:6:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#ff7f0e' title 'tbb', \
     $panel0 using 0:7:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#7f7f7f' title 'glib', \
     $panel0 using 0:8:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#9467bd' title 'java chm', \
     $panel0 using 0:9:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#e377c2' title 'java nbhm', \
     $panel0 using 0:10:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#17becf' title 'abseil'
set title "n = 1000000, threads 1" noenhanced
set xrange [-0.3:2.3]
plot $panel1 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel1 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel1 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#8c564b' title 'ck ht', \
     $panel1 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel1 using 0:6:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#ff7f0e' title 'tbb', \
     $panel1 using 0:7:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#7f7f7f' title 'glib', \
     $panel1 using 0:8:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#9467bd' title 'java chm', \
     $panel1 using 0:9:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#e377c2' title 'java nbhm', \
     $panel1 using 0:10:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#17becf' title 'abseil'
set title "n = 10000000, threads 1" noenhanced
set xrange [-0.3:2.3]
plot $panel2 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel2 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel2 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#8c564b' title 'ck ht', \
     $panel2 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel2 using 0:6:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#ff7f0e' title 'tbb', \
     $panel2 using 0:7:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#7f7f7f' title 'glib', \
     $panel2 using 0:8:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#9467bd' title 'java chm', \
     $panel2 using 0:9:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#e377c2' title 'java nbhm', \
     $panel2 using 0:10:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#17becf' title 'abseil'
set title "n = 10000, threads 2" noenhanced
set xrange [-0.3:2.3]
plot $panel3 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel3 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel3 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#8c564b' title 'ck ht', \
     $panel3 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel3 using 0:6:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#ff7f0e' title 'tbb', \
     $panel3 using 0:7:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#7f7f7f' title 'glib', \
     $panel3 using 0:8:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#9467bd' title 'java chm', \
     $panel3 using 0:9:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#e377c2' title 'java nbhm'
set title "n = 1000000, threads 2" noenhanced
set xrange [-0.3:2.3]
plot $panel4 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel4 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel4 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#8c564b' title 'ck ht', \
     $panel4 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel4 using 0:6:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#ff7f0e' title 'tbb', \
     $panel4 using 0:7:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#7f7f7f' title 'glib', \
     $panel4 using 0:8:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#9467bd' title 'java chm', \
     $panel4 using 0:9:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#e377c2' title 'java nbhm'
set title "n = 10000000, threads 2" noenhanced
set xrange [-0.3:2.3]
plot $panel5 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel5 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel5 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#8c564b' title 'ck ht', \
     $panel5 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel5 using 0:6:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#ff7f0e' title 'tbb', \
     $panel5 using 0:7:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#7f7f7f' title 'glib', \
     $panel5 using 0:8:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#9467bd' title 'java chm', \
     $panel5 using 0:9:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#e377c2' title 'java nbhm'
unset multiplot
