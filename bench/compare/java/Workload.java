import java.util.concurrent.CyclicBarrier;

/**
 * The two workloads, fill and mix, as the bench runs them in C.
 *
 * Keys are numbered; number i stands for key(i), a bijection, so the numbers
 * from 0 to n - 1, which fill() inserts, are a random half of the 2n keys that
 * mix() may draw.  Which key a thread touches next is decided before the clock
 * starts where deciding takes long: Zipf's ranks lie ready in a ring.
 *
 * Threads begin together and look at the stop flag once a stride.  What they
 * were answered is counted, so that no call can be optimized away and the
 * map's size can be checked.
 */
final class Workload {
	private static final int STRIDE = 64;
	private static final int RING = 1 << 22;
	private static final double SKEW = 0.99;
	/* A prime above every 2n: rank times it, modulo 2n, is a bijection. */
	private static final long SCATTER = 2654435761L;

	private final Table table;
	private volatile boolean stop;
	private static int[][] rings = new int[0][];
	private static long ringSpan;

	/** What the threads of a run did together. */
	static final class Result {
		long operations;
		long nanoseconds;
		long gained; /* keys inserted less keys removed */
	}

	Workload(Table table) {
		this.table = table;
	}

	/** splitmix64's finalizer. */
	static long key(long index) {
		long z = index + 1;

		z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
		z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
		return z ^ (z >>> 31);
	}

	/** One thread's part; adds to its own result. */
	private interface Part {
		void run(Result own);
	}

	/* Run the parts in threads of their own, for `millis` if that is not 0, else until all have ended. */
	private Result together(Part[] parts, long millis) throws Exception {
		Thread[] threads = new Thread[parts.length];
		Result[] results = new Result[parts.length];
		Throwable[] failures = new Throwable[parts.length];
		Result sum = new Result();
		long[] start = new long[1];
		CyclicBarrier gate = new CyclicBarrier(parts.length + 1, () -> start[0] = System.nanoTime());

		stop = false;
		for (int i = 0; i < parts.length; i++) {
			final int mine = i;

			results[i] = new Result();
			threads[i] = new Thread(() -> {
				try {
					gate.await();
					parts[mine].run(results[mine]);
				} catch (Throwable failure) {
					failures[mine] = failure;
				}
			});
			threads[i].start();
		}

		gate.await();
		if (millis > 0) {
			Thread.sleep(millis);
			stop = true;
		}
		for (Thread thread : threads)
			thread.join();
		sum.nanoseconds = System.nanoTime() - start[0];
		for (int i = 0; i < parts.length; i++) {
			if (failures[i] != null)
				throw new IllegalStateException(failures[i]);
			sum.operations += results[i].operations;
			sum.gained += results[i].gained;
		}
		return sum;
	}

	/** Insert keys 0 to n - 1, each thread its share. */
	Result fill(long n, int threads) throws Exception {
		Part[] parts = new Part[threads];

		for (int i = 0; i < threads; i++) {
			final long from = n * i / threads;
			final long to = n * (i + 1) / threads;

			parts[i] = own -> insertAll(from, to, own);
		}
		return together(parts, 0);
	}

	private void insertAll(long from, long to, Result own) {
		for (long index = from; index < to; index++)
			own.gained += table.insert(key(index), index) ? 1 : 0;
		own.operations += to - from;
	}

	/** Percentages of operations on keys drawn as `distribution` says, for `millis`. */
	Result mix(long n, String distribution, int threads, int get, int insert, int remove, long millis, long seed)
			throws Exception {
		Part[] parts = new Part[threads];
		boolean zipf = distribution.equals("zipf");
		long first = distribution.equals("absent") ? n : 0;
		long span = distribution.equals("present") || distribution.equals("absent") ? n : 2 * n;

		if (zipf)
			prepareRings(threads, span);
		for (int i = 0; i < threads; i++) {
			final int[] ring = zipf ? rings[i] : null;
			final long state = key(seed + i);

			parts[i] = own -> operate(ring, first, span, share(get), share(get + insert),
				share(get + insert + remove), state, own);
		}
		return together(parts, millis);
	}

	/* What part of the 16 bits that decide a percentage is. */
	private static int share(int percent) {
		return (percent << 16) / 100;
	}

	/* Random numbers by Marsaglia's xorshift, one an operation: keys by the high bits, what to do by the low. */
	private void operate(int[] ring, long first, long span, int get, int insert, int remove, long state, Result own) {
		long random = state | 1, operations = 0, gained = 0, found = 0;
		int at = (int)state & RING - 1;

		while (!stop) {
			for (int i = 0; i < STRIDE; i++) {
				random ^= random << 13;
				random ^= random >>> 7;
				random ^= random << 17;

				int what = (int)random & 0xffff;
				long index = ring == null ? first + ((random >>> 32) * span >>> 32) : ring[at++ & RING - 1];

				if (what < get)
					found += table.get(key(index)) ? 1 : 0;
				else if (what < insert)
					gained += table.insert(key(index), index) ? 1 : 0;
				else if (what < remove)
					gained -= table.remove(key(index)) ? 1 : 0;
				else
					found += table.update(key(index), random) ? 1 : 0;
			}
			operations += STRIDE;
		}
		if (found > operations)
			throw new IllegalStateException("more keys found than looked for");
		own.operations = operations;
		own.gained = gained;
	}

	/* Ranks by the method of Gray et al., "Quickly generating billion-record synthetic databases" (1994). */
	private static void prepareRings(int threads, long span) {
		if (rings.length >= threads && ringSpan == span)
			return;

		double zeta = 0, firstTwo = 1 + Math.pow(0.5, SKEW);

		for (long rank = 1; rank <= span; rank++)
			zeta += Math.pow(rank, -SKEW);

		double eta = (1 - Math.pow(2.0 / span, 1 - SKEW)) / (1 - firstTwo / zeta);

		rings = new int[threads][RING];
		ringSpan = span;
		for (int i = 0; i < threads; i++) {
			for (int at = 0; at < RING; at++) {
				double u = (key((long)i << 32 | at) >>> 11) * 0x1p-53;
				long rank = u * zeta < 1 ? 0
					: u * zeta < firstTwo ? 1
					: (long)(span * Math.pow(eta * u - eta + 1, 1 / (1 - SKEW)));

				rings[i][at] = (int)(Math.min(rank, span - 1) * SCATTER % span);
			}
		}
	}
}
