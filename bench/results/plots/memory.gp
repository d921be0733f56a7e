set terminal svg size 980,300 font 'sans,11' background 'white'
set output 'memory.svg'
set multiplot layout 1,1
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'resident bytes/entry'
set yrange [0:*]
set style data histogram
set style histogram clustered gap 1
set style fill solid
set bmargin 4
$panel0 << end
"n 1000000\nafter presized" 20.209664 80.969728 67.346432 23.887872 50.327552 34.267136 36.139008
"n 1000000\nafter growth" 22.81472 66.310144 67.485696 23.891968 50.3808 34.267136 36.27008
"n 1000000\nafter removal" 44.27776 663.552 675.18464 239.24736 504.17664 50.42176 363.02848
"n 10000000\nafter presized" 20.025344 90.8644352 107.397939 30.6999296 59.3170432 26.9156352 28.5700096
"n 10000000\nafter growth" 36.1775104 77.4459392 107.411866 30.7007488 59.3231872 26.9156352 28.5831168
"n 10000000\nafter removal" 40.439808 657.051648 1074.15142 307.040256 593.26464 36.237312 285.863936
end
set title "threads 1" noenhanced
plot $panel0 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel0 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 4:xtic(1) with histogram lc rgb '#8c564b' title 'ck ht', \
     $panel0 using 5:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 6:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb', \
     $panel0 using 7:xtic(1) with histogram lc rgb '#7f7f7f' title 'glib', \
     $panel0 using 8:xtic(1) with histogram lc rgb '#17becf' title 'abseil'
unset multiplot
