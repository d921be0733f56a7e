set terminal svg size 1260,600 font 'sans,11' background 'white'
set output 'mix-zipf.svg'
set multiplot layout 2,3
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million operations/s'
set yrange [0:*]
$panel0 << end
"0%" 99.5162794 30.2346824 18.7478391 30.7764163 41.0837607 17.2980591 33.7242353 58.5491395 59.6000247
"10%" 101.367051 25.9197285 18.3850065 30.7802777 38.3026704 18.0612637 26.5680721 49.4585299 53.4379942
"50%" 52.5406881 16.3234243 15.7200594 25.0287588 33.957373 13.5223554 18.5117864 33.5239008 47.5625401
end
$panel1 << end
"0%" 25.8876615 2.56150039 10.5252609 15.9292874 10.4527075 14.2429044 11.4897825 15.7460065 37.7162017
"10%" 26.8940155 2.46630611 9.61421289 13.6092569 10.256975 12.6648111 7.00413494 16.0671906 32.9349754
"50%" 20.6281534 2.06812227 8.42672211 8.41738298 9.12382153 10.9342821 6.90947475 12.0105617 29.5985963
end
$panel2 << end
"0%" 24.0961478 0.0761180825 7.43828399 9.04393067 5.19570829 9.59686937 4.44747474 7.85837403 17.8743967
"10%" 20.6845554 1.53955994 8.17248767 8.63617466 7.18782002 7.78719753 4.42599367 7.43077225 17.7098833
"50%" 18.0929872 2.38138315 6.68260462 7.32052091 0.420100642 6.38451467 4.33465964 8.66121445 11.772349
end
$panel3 << end
"0%" 199.10458 62.0827836 38.7495954 29.1247625 18.5880898 15.7529232 61.9318192 121.565811
"10%" 77.9878365 26.3764075 9.77094305 25.6555594 18.4704605 4.59990478 27.265426 46.0324667
"50%" 33.3479941 10.006559 3.09020422 16.4941413 14.6533802 1.99912799 14.9235367 19.5274845
end
$panel4 << end
"0%" 56.1761009 5.7813847 21.9291771 32.5574917 21.4389304 19.7660862 20.6473984 31.911747
"10%" 43.555609 4.49664425 11.2164881 25.7263979 20.1179667 2.4145244 14.3524331 27.383212
"50%" 43.187731 4.33179516 4.05378193 20.3030555 19.2395287 2.57963097 10.9837268 19.0311818
end
$panel5 << end
"0%" 38.9496012 0.156248566 11.0267376 14.5562001 10.3703468 12.0572577 10.4277049 16.5522915
"10%" 33.2150073 0.88999766 6.26840862 13.5717478 10.5925998 1.76191265 8.55126981 17.7879914
"50%" 24.6117925 0.145867325 1.49580496 11.3614816 7.51466104 0.942075209 5.77513801 12.2233133
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
