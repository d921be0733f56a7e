import java.util.concurrent.ConcurrentHashMap;

/** java.util.concurrent.ConcurrentHashMap.  Its keys are objects: each call boxes one. */
final class ConcurrentTable implements Table {
	private final ConcurrentHashMap<Long, Long> map;

	ConcurrentTable(int capacity) {
		map = new ConcurrentHashMap<>(capacity);
	}

	@Override
	public boolean get(long key) {
		return map.get(key) != null;
	}

	@Override
	public boolean insert(long key, long value) {
		return map.putIfAbsent(key, value) == null;
	}

	@Override
	public boolean remove(long key) {
		return map.remove(key) != null;
	}

	@Override
	public boolean update(long key, long value) {
		return map.replace(key, value) != null;
	}

	@Override
	public long size() {
		return map.mappingCount();
	}

	@Override
	public String version() {
		return "ConcurrentHashMap of OpenJDK " + Runtime.version();
	}
}
