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
"n 1000000\nstart presized" 10.4486651 1.28677895 2.33726753 4.74703258 3.04012948 3.11776504 8.57933887 2.49444014 7.41258727
"n 1000000\nstart growing" 4.99848848 1.041854605 1.45449228 2.5643701 2.07072278 3.28832523 3.76864252 1.95218458 3.13435395
"n 10000000\nstart presized" 7.19545116 1.06995688 nan 6.06840154 2.31742164 nan nan nan nan
"n 10000000\nstart growing" 2.82640553 0.65615194 nan 1.35897917 1.31113309 nan nan nan nan
end
$panel1 << end
"n 1000000\nstart presized" 11.2856826 2.48388081 1.32155282 7.21050554 5.85985101 0.968443588 11.0937519 3.21220226
"n 1000000\nstart growing" 6.20617444 1.70922615 1.0537594 3.12833657 3.26056654 1.13103102 4.88841508 2.26049968
"n 10000000\nstart presized" 9.58646573 1.84743714 nan 9.48487679 3.71831005 nan nan nan
"n 10000000\nstart growing" 3.88426606 0.930646348 nan 2.24134017 2.43760632 nan nan nan
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
