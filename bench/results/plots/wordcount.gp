set terminal svg size 980,600 font 'sans,11' background 'white'
set output 'wordcount.svg'
set multiplot layout 2,1
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million words/s'
set yrange [0:*]
set style data histogram
set style histogram clustered gap 1
set style fill solid
set bmargin 4
$panel0 << end
"values boxed\nremover no" 3.68425 3.98252 8.03773 8.51037 8.44562
"values int\nremover no" 10.5962 0.0105238 9.52438 9.6997 9.6569
end
$panel1 << end
"values boxed\nremover no" 4.88462 4.03488 11.1193 7.86586 4.29868
"values int\nremover no" 10.9531 13.1866 16.9924 10.0448 5.20976
end
set title "threads 1" noenhanced
plot $panel0 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel0 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 4:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 5:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb', \
     $panel0 using 6:xtic(1) with histogram lc rgb '#7f7f7f' title 'glib'
set title "threads 2" noenhanced
plot $panel1 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel1 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel1 using 4:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel1 using 5:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb', \
     $panel1 using 6:xtic(1) with histogram lc rgb '#7f7f7f' title 'glib'
unset multiplot
