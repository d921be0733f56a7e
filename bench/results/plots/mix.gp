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
"0%" 94.7375266 19.3688685 34.4196391 23.9556609 33.5569375 30.8268036 34.4340153 56.3228391 73.1509578
"10%" 60.301982 17.2370653 21.3792643 21.5054123 30.597955 17.3548096 25.4082344 50.6458232 53.5249302
"50%" 36.0076583 13.0693381 13.550908 18.432861 24.1262334 11.6824499 19.1546234 32.7161646 41.0712707
end
$panel1 << end
"0%" 21.0717387 1.46818604 8.28583144 17.0980554 6.44084706 13.2449961 7.89418522 13.439798 26.5276509
"10%" 18.9289814 1.39699616 7.93431233 13.4104834 7.13950605 11.3109045 6.99902897 10.514381 25.3573362
"50%" 16.1834669 1.09265039 6.56867877 8.1501114 5.73021336 8.50696101 5.0435499 8.19967922 22.9406785
end
$panel2 << end
"0%" 15.1223623 3.19132251 4.44149576 6.98148773 2.62810077 6.35031156 4.85459496 9.23197572 15.4711001
"10%" 14.8902014 2.88194475 5.88043889 6.7295362 4.45038033 6.0862427 6.21103032 8.15264165 15.3168071
"50%" 12.6897971 1.99259706 5.14682875 5.98116691 4.26653551 5.07708495 4.67720246 6.22656938 13.5383833
end
$panel3 << end
"0%" 188.271363 37.2241487 65.9961725 40.7071368 37.178089 12.0781098 65.395824 101.853613
"10%" 78.2649644 28.2783682 14.7588005 35.0510427 30.4957813 0.537372507 35.7835626 67.5736702
"50%" 47.8612315 14.2390051 6.08604646 30.5795654 21.9368272 1.98532872 24.3840486 42.1455928
end
$panel4 << end
"0%" 45.7422652 3.01270123 17.8642429 34.8976182 16.4394535 9.86985464 16.5023598 29.8609184
"10%" 50.0327248 2.80290228 9.56679064 28.2006507 16.2233348 0.43983408 14.4215112 5.91107466
"50%" 32.5264316 2.48832952 3.40823886 16.7661926 12.8261997 1.10434359 11.1585455 16.7291108
end
$panel5 << end
"0%" 30.3746878 7.07160142 13.7207203 13.5460601 6.74813081 9.02093254 11.0198461 17.8047423
"10%" 30.7630822 6.47284444 5.61556073 13.3171082 8.77307038 0.33580652 13.0665016 17.2137709
"50%" 26.4326393 4.8930214 2.32337201 11.8292075 9.01684797 0.820625179 9.74331351 12.895423
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
