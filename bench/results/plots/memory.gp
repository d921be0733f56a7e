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
"n 1000000\nafter presized" 20.750336 80.969728 67.289088 23.875584 50.413568 34.36544 36.089856
"n 1000000\nafter growth" 22.58944 66.310144 67.428352 23.87968 50.42176 34.36544 36.225024
"n 1000000\nafter removal" 43.66336 663.552 674.6112 239.12448 504.54528 51.4048 362.57792
"n 10000000\nafter presized" 20.3608064 90.8644352 107.392205 30.6987008 59.3256448 26.9254656 28.5650944
"n 10000000\nafter growth" 30.4099328 77.4459392 107.406131 30.69952 59.3272832 26.9254656 28.5786112
"n 10000000\nafter removal" 36.409344 657.051648 1074.09408 307.027968 593.3056 36.335616 285.81888
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
