set terminal svg size 1260,600 font 'sans,11' background 'white'
set output 'mix.svg'
set multiplot layout 2,3
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million operations/s'
set yrange [0:*]
$panel0 << end
"0%" 116.627817 22.3769853 40.2397477 28.2309522 38.3921573 36.2406002 40.3128249 65.931242 85.5691063
"10%" 68.4818213 19.7133354 22.6724044 26.672402 35.6094537 18.8746657 28.3150881 58.3855659 60.3024517
"50%" 41.6749611 17.2894471 16.5001385 23.1639786 29.2836271 14.3838148 24.9642199 40.5356197 50.883111
end
$panel1 << end
"0%" 31.6948894 1.66435862 9.33993043 20.4105465 7.02586999 14.796837 8.33285849 14.1135219 29.0732247
"10%" 27.5126032 1.52406201 8.4247565 16.1204354 7.89733229 13.1456349 7.58897145 12.3185802 28.1912715
"50%" 17.676194 1.25308817 5.71781347 9.34029599 6.51522504 9.50077373 5.52011631 9.20344037 25.5504893
end
$panel2 << end
"0%" 16.3268293 3.48691151 6.46858343 7.86074723 2.74817566 7.10231969 5.15320235 9.98450641 17.8537227
"10%" 15.3667657 3.14142307 5.74256172 7.58754154 4.74333825 6.61017912 6.57907909 8.77024036 16.4451322
"50%" 12.0217604 2.08978576 3.437084 6.80059698 4.37737996 5.36921268 5.04781676 6.70329992 15.2489888
end
$panel3 << end
"0%" 222.610354 42.3070004 75.7121253 45.1795189 36.9424236 12.1319076 79.8095928 128.033398
"10%" 82.3405123 31.5698805 13.6260322 41.9101837 26.8668121 0.685208662 41.6930259 78.4251562
"50%" 50.504253 15.6689532 6.52072246 36.8593188 16.696642 2.78003528 28.3385578 45.2774641
end
$panel4 << end
"0%" 70.6356253 3.44269099 21.4025722 40.3092632 18.9071048 12.1008316 17.0625925 32.9751356
"10%" 60.5795011 3.27052547 7.01174996 33.4671278 16.4863188 0.492882336 16.1663049 28.1765184
"50%" 44.217216 2.81116921 2.97444265 19.6121692 11.7021361 1.36352738 11.788737 20.0537124
end
$panel5 << end
"0%" 33.1333591 7.61948662 14.9193678 15.7290446 7.22567336 8.89278001 13.2509118 18.8478148
"10%" 31.7086877 6.90788007 4.34444097 15.1253763 9.24902352 0.404775406 13.4545535 18.0316012
"50%" 25.8044822 5.12557698 1.69937087 13.8566496 8.46208749 1.04731255 10.8225779 14.6476636
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
