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
"n 1000000\nafter presized" 20.76672 80.973824 67.289088 23.846912 50.36032 34.316288 36.089856
"n 1000000\nafter growth" 22.646784 66.31424 67.428352 23.785472 50.364416 34.316288 36.220928
"n 1000000\nafter removal" 47.3088 663.59296 674.6112 238.1824 504.0128 50.91328 362.53696
"n 10000000\nafter presized" 20.3624448 90.8648448 107.392205 30.6958336 59.32032 26.9205504 28.5646848
"n 10000000\nafter growth" 30.6454528 77.4463488 107.406131 30.68928 59.3207296 26.9205504 28.5786112
"n 10000000\nafter removal" 41.295872 657.055744 1074.09408 306.925568 593.240064 36.286464 285.81888
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
