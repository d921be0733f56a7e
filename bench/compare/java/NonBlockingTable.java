import java.io.File;
import java.util.jar.JarFile;

import org.jctools.maps.NonBlockingHashMapLong;

/**
 * Click's non-blocking map, as JCTools keeps it.  Of its variants the one with
 * primitive long keys is taken: it is the closest to 64-bit integer keys in C.
 */
final class NonBlockingTable implements Table {
	private final NonBlockingHashMapLong<Long> map;

	NonBlockingTable(int capacity) {
		map = capacity > 0 ? new NonBlockingHashMapLong<>(capacity) : new NonBlockingHashMapLong<>();
	}

	@Override
	public boolean get(long key) {
		return map.get(key) != null;
	}

	@Override
	public boolean insert(long key, long value) {
		return map.putIfAbsent(key, Long.valueOf(value)) == null;
	}

	@Override
	public boolean remove(long key) {
		return map.remove(key) != null;
	}

	@Override
	public boolean update(long key, long value) {
		return map.replace(key, Long.valueOf(value)) != null;
	}

	@Override
	public long size() {
		return map.size();
	}

	@Override
	public String version() throws Exception {
		File file = new File(map.getClass().getProtectionDomain().getCodeSource().getLocation().toURI());

		try (JarFile jar = new JarFile(file)) {
			return "NonBlockingHashMapLong of JCTools "
				+ jar.getManifest().getMainAttributes().getValue("Bundle-Version")
				+ ", OpenJDK " + Runtime.version();
		}
	}
}
