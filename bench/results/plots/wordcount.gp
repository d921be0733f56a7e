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
"input short\nvalues boxed\nremover no" 3.62856 1.92786 5.05579 2.56021 4.26841
"input short\nvalues inplace\nremover no" 4.35331 3.92649 4.42551 2.66045 5.0514
"input short\nvalues int\nremover no" 5.73539 4.3744 6.3866 3.19815 5.49466
"input long\nvalues boxed\nremover no" 3.5269 nan 5.57781 5.25511 5.65371
"input long\nvalues inplace\nremover no" 10.3162 6.09693 7.54403 7.51981 9.12016
"input long\nvalues int\nremover no" 10.486 6.56015 8.83444 8.80233 8.76291
end
$panel1 << end
"input short\nvalues boxed\nremover no" 3.72397 1.85424 5.66865 4.24687 1.42222
"input short\nvalues inplace\nremover no" 7.52916 2.76616 8.22646 5.07334 2.03106
"input short\nvalues int\nremover no" 8.12329 3.98593 9.70616 6.03111 2.01802
"input long\nvalues boxed\nremover no" 5.09438 2.08655 8.53897 7.20918 1.96515
"input long\nvalues inplace\nremover no" 15.6663 10.2743 11.6417 8.54967 2.97934
"input long\nvalues int\nremover no" 16.1375 11.0361 12.207 10.8405 2.21318
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
