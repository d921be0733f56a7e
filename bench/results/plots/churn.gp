set terminal svg size 980,600 font 'sans,11' background 'white'
set output 'churn.svg'
set multiplot layout 2,1
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million operations/s'
set yrange [0:*]
set style data histogram
set style histogram clustered gap 1
set style fill solid
set bmargin 4
$panel0 << end
"live 1000000" 10.3182776 1.11231272 4.13129008 4.89101741
end
$panel1 << end
"live 1000000" 21.4056321 1.182918545 6.64773498 6.31050865
end
set title "threads 1" noenhanced
plot $panel0 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel0 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 4:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 5:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb'
set title "threads 2" noenhanced
plot $panel1 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel1 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel1 using 4:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel1 using 5:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb'
unset multiplot
