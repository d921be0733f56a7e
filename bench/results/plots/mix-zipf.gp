set terminal svg size 1260,600 font 'sans,11' background 'white'
set output 'mix-zipf.svg'
set multiplot layout 2,3
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'million operations/s'
set yrange [0:*]
$panel0 << end
"0%" 73.9274154 26.5322193 18.8124024 26.676821 33.8067859 15.7924824 34.2210697 49.1678713 55.7984408
"10%" 89.9946217 24.5060783 17.7427284 26.1132449 36.4101237 15.7320428 25.4688445 44.0356538 51.5722968
"50%" 48.999862 15.4308988 15.4637609 22.4067571 28.8016191 13.4796503 20.0547452 31.4154018 46.3771988
end
$panel1 << end
"0%" 23.0406706 2.40203874 10.824038 17.5622136 10.0032682 15.1036685 8.62529198 14.3889666 34.8616026
"10%" 22.3387778 2.41180149 10.2126426 15.5631506 10.6029251 13.9699748 10.443482 14.4609272 38.0609629
"50%" 17.4656116 1.89111228 8.36867107 9.33593566 8.45234718 10.2171156 7.38250397 11.1142867 29.5098211
end
$panel2 << end
"0%" 21.8591917 4.56554013 8.61200046 8.90299868 4.84723066 9.69100376 7.43178859 10.7227909 19.2541822
"10%" 19.8527013 3.97860175 8.09597694 8.50825133 6.62495131 8.00390761 6.55051895 10.0143428 19.4992518
"50%" 16.0868525 2.71610885 6.43236362 7.154325 5.53674796 6.20059564 4.64719086 7.71948761 16.583028
end
$panel3 << end
"0%" 148.84156 50.7648743 37.1681636 37.9503798 30.9634513 10.7987069 74.4149703 96.7982712
"10%" 101.403298 31.3597394 13.8897033 34.0664234 29.2467761 1.6504543 34.6490391 62.4079137
"50%" 52.2718066 14.3992021 6.5068794 28.7975287 19.9097261 1.85833549 21.0404242 37.9318303
end
$panel4 << end
"0%" 48.8507869 5.22005348 23.3776467 33.0738994 19.962931 10.1395083 18.5232298 28.9423015
"10%" 43.9396815 4.68466803 10.655877 28.730266 20.2576224 0.401820863 19.4365967 28.1875552
"50%" 33.4861226 3.76599825 4.19999533 19.6353876 15.1621117 1.31038249 12.5565758 20.2569771
end
$panel5 << end
"0%" 44.2773201 9.49317488 18.5897625 17.9464738 11.738494 10.2075825 16.060586 20.3791727
"10%" 40.224557 8.36043036 6.98188259 16.3920062 13.1270971 0.330961303 13.6354895 19.9371715
"50%" 30.3647425 5.63268342 2.73379982 13.9783159 10.680137 0.877920718 10.156137 15.1634868
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
