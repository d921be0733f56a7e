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
"input short\nvalues boxed\nremover no" 7.50319 4.04908 8.28935 9.20594 9.40356
"input short\nvalues inplace\nremover no" 12.7886 9.58109 8.95239 10.1052 11.5558
"input short\nvalues int\nremover no" 14.0782 10.6905 10.3122 10.9593 10.5108
"input long\nvalues boxed\nremover no" 8.17954 3.19796 10.2904 10.8159 10.2501
"input long\nvalues inplace\nremover no" 17.7893 11.5065 12.3076 12.5475 14.0549
"input long\nvalues int\nremover no" 17.1577 11.6155 12.7524 13.1331 11.8304
end
$panel1 << end
"input short\nvalues boxed\nremover no" 8.46028 4.14269 13.278 9.74347 4.71812
"input short\nvalues inplace\nremover no" 16.1727 5.94 15.4879 11.5742 5.89961
"input short\nvalues int\nremover no" 17.2115 15.1773 18.8746 12.5413 5.76121
"input long\nvalues boxed\nremover no" 9.58538 3.48566 14.858 13.2565 5.76413
"input long\nvalues inplace\nremover no" 27.4988 19.89425 20.457 16.4421 7.86034
"input long\nvalues int\nremover no" 26.6766 18.745 20.4089 17.4059 7.03199
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
