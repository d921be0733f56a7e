set terminal svg size 980,600 font 'sans,11' background 'white'
set output 'fill.svg'
set multiplot layout 2,1
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million inserts/s'
set yrange [0:*]
set style data histogram
set style histogram clustered gap 1
set style fill solid
set bmargin 4
$panel0 << end
"n 1000000\nstart presized" 14.196912 2.6685879 5.95396836 7.59837061 5.03288951 6.17741064 9.15294434 2.24974843 22.3842469
"n 1000000\nstart growing" 10.1005355 1.879055225 5.05059433 5.15900369 4.17294147 6.78889442 4.18475319 1.95906835 15.6271705
"n 10000000\nstart presized" 9.31983494 1.70357758 nan 6.60091782 3.46975891 nan nan nan nan
"n 10000000\nstart growing" 5.81628274 0.957420833 nan 2.33049558 2.2823674 nan nan nan nan
end
$panel1 << end
"n 1000000\nstart presized" 25.8367596 5.91524382 4.23744638 15.1006069 9.25076706 4.11163581 17.1505197 4.11445363
"n 1000000\nstart growing" 12.4463889 2.123192195 3.68896718 8.51307311 6.88531579 4.06657114 6.2654139 3.12971643
"n 10000000\nstart presized" 18.4427665 3.36099604 nan 12.6766153 5.9769952 nan nan nan
"n 10000000\nstart growing" 11.3511308 1.640300405 nan 4.21075472 3.86863931 nan nan nan
end
set title "threads 1" noenhanced
plot $panel0 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel0 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 4:xtic(1) with histogram lc rgb '#8c564b' title 'ck ht', \
     $panel0 using 5:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 6:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb', \
     $panel0 using 7:xtic(1) with histogram lc rgb '#7f7f7f' title 'glib', \
     $panel0 using 8:xtic(1) with histogram lc rgb '#9467bd' title 'java chm', \
     $panel0 using 9:xtic(1) with histogram lc rgb '#e377c2' title 'java nbhm', \
     $panel0 using 10:xtic(1) with histogram lc rgb '#17becf' title 'abseil'
set title "threads 2" noenhanced
plot $panel1 using 2:xtic(1) with histogram lc rgb '#d62728' title 'nbmap', \
     $panel1 using 3:xtic(1) with histogram lc rgb '#1f77b4' title 'cds lfht', \
     $panel1 using 4:xtic(1) with histogram lc rgb '#8c564b' title 'ck ht', \
     $panel1 using 5:xtic(1) with histogram lc rgb '#2ca02c' title 'libcuckoo', \
     $panel1 using 6:xtic(1) with histogram lc rgb '#ff7f0e' title 'tbb', \
     $panel1 using 7:xtic(1) with histogram lc rgb '#7f7f7f' title 'glib', \
     $panel1 using 8:xtic(1) with histogram lc rgb '#9467bd' title 'java chm', \
     $panel1 using 9:xtic(1) with histogram lc rgb '#e377c2' title 'java nbhm'
unset multiplot
