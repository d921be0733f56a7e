set terminal svg size 1040,900 font 'sans,11' background 'white'
set output 'latency.svg'
set multiplot layout 3,2
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'ns'
set logscale y
set format y '10^{%T}'
$panel0 << end
"p50" 199 769 275 12
"p90" 463 1787 683 12
"p99" 903 3015 3071 13
"p99.9" 1247 5183 6655 13
"p99.99" 30079 45695 39679 17
"p99.999" 229375 107263 61183 228
"max" 558545 8498309.5 55588319 64611
end
$panel1 << end
"p50" 196 647 273 12
"p90" 447 1351 691 12
"p99" 911 2415 3199 13
"p99.9" 1351 4863 6623 14
"p99.99" 34559 44031 39679 39
"p99.999" 268287 4046847 71679 951
"max" 5274814 20456380 56444633 75501
end
$panel2 << end
"p50" 195 1291 259 12
"p90" 379 2439 369 13
"p99" 623 3519 515 13
"p99.9" 795 5551 607 13
"p99.99" 4095 45439 5823 39
"p99.999" 52223 80639 54527 1399
"max" 119806 522585.5 111520 58216
end
$panel3 << end
"p50" 196 859 253 12
"p90" 373 1551 361 13
"p99" 607 2287 509 13
"p99.9" 779 4351 591 14
"p99.99" 4479 42495 6143 51
"p99.999" 48127 75263 51711 1823
"max" 16827484 26777155 6539093 6767659
end
$panel4 << end
"p50" 113 701 223 12
"p90" 233 1631 319 13
"p99" 457 2663 583 13
"p99.9" 699 4287 3855 13
"p99.99" 9919 41215 6975 13
"p99.999" 46335 113151 60671 4735
"max" 5467418 17181887.5 54244124 24532
end
$panel5 << end
"p50" 181 1255 254 12
"p90" 349 2335 351 13
"p99" 567 3343 509 13
"p99.9" 751 5471 583 13
"p99.99" 3615 44287 7039 14
"p99.999" 55551 87295 57087 2111
"max" 16819795 22697278 6528011 52138
end
set title "n 8000000, op insert, table growing, threads 1" noenhanced
set xrange [-0.3:6.3]
plot $panel0 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel0 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op insert, table growing, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel1 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel1 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel1 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel1 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op update, table still, threads 1" noenhanced
set xrange [-0.3:6.3]
plot $panel2 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel2 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel2 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel2 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op update, table still, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel3 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel3 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel3 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel3 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op get, table growing, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel4 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel4 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel4 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel4 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op get, table still, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel5 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel5 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel5 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel5 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
unset multiplot
