/** A map of Java's, from long to Long, behind the operations that the workloads are made of. */
interface Table {
	/** Whether the key has a value. */
	boolean get(long key);

	/** Give the key a value if it has none; whether it had none. */
	boolean insert(long key, long value);

	/** Take the key's value away; whether it had one. */
	boolean remove(long key);

	/** Give the key another value if it has one; whether it had one. */
	boolean update(long key, long value);

	/** Exact while no thread writes. */
	long size();

	/** What it is, with its version. */
	String version() throws Exception;
}
