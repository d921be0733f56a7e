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
"n 1000000\nafter presized" 20.217856 80.969728 67.313664 23.887872 50.343936 34.369536 36.155392
"n 1000000\nafter growth" 23.01952 66.310144 67.452928 23.891968 50.352128 34.369536 36.29056
"n 1000000\nafter removal" 44.40064 663.552 674.85696 239.24736 503.84896 51.44576 363.23328
"n 10000000\nafter presized" 20.0261632 90.8644352 107.394662 30.6999296 59.3186816 26.9258752 28.571648
"n 10000000\nafter growth" 36.564992 77.4459392 107.408179 30.7007488 59.32032 26.9258752 28.5851648
"n 10000000\nafter removal" 40.448 657.051648 1074.11866 307.040256 593.235968 36.339712 285.884416
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
