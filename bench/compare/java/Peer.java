import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Locale;

/**
 * Java's maps as peers of the bench, in a process of their own that the bench
 * drives over pipes, so that their rounds come between those of the others.
 * A command is a line, and so is its answer:
 *
 *   kinds                          kinds KIND...
 *   version KIND                   version TEXT
 *   create KIND CAPACITY           ok
 *   fill N THREADS                 seconds S
 *   mix N DIST THREADS GET INSERT REMOVE UPDATE MILLIS SEED
 *                                  ops TOTAL SECONDS
 *   destroy                        ok
 *   quit
 *
 * or, if something is wrong, "error TEXT".  DIST is uniform or zipf over the
 * keys 0 to 2N - 1, present (0 to N - 1) or absent (N to 2N - 1); GET to UPDATE
 * are percentages.  CAPACITY 0 is the map's default.
 *
 * The first `create` of a kind runs all workloads until the compiler has had
 * its fill of them.  A process that is asked for one kind only never loads
 * the other's class, so that its calls have one target.
 */
final class Peer {
	private static final String[] KINDS = {"java_chm", "java_nbhm"};
	private static final String[] CLASSES = {"ConcurrentTable", "NonBlockingTable"};

	private static final int WARM_KEYS = 1 << 16;
	private static final int WARM_ROUNDS = 8;
	private static final int WARM_MILLIS = 150;

	private final boolean[] warm = new boolean[KINDS.length];
	private Table table;
	private Workload workload;
	private long size;

	private static final class BadCommand extends Exception {
		private static final long serialVersionUID = 1L;

		BadCommand(String message) {
			super(message);
		}
	}

	private static int kind(String name) throws BadCommand {
		for (int i = 0; i < KINDS.length; i++) {
			if (KINDS[i].equals(name))
				return i;
		}
		throw new BadCommand("no such map: " + name);
	}

	/* By reflection: a kind whose library is missing was not compiled. */
	private static Table make(int kind, int capacity) throws Exception {
		return (Table)Class.forName(CLASSES[kind]).getDeclaredConstructor(int.class).newInstance(capacity);
	}

	private static String kinds() {
		StringBuilder there = new StringBuilder("kinds");

		for (int i = 0; i < KINDS.length; i++) {
			if (Peer.class.getResource(CLASSES[i] + ".class") != null)
				there.append(' ').append(KINDS[i]);
		}
		return there.toString();
	}

	/* ---- Commands ------------------------------------------------------- */

	private void warmUp(int kind) throws Exception {
		int threads = Math.min(2, Runtime.getRuntime().availableProcessors());

		for (int round = 0; round < WARM_ROUNDS; round++) {
			Workload warming = new Workload(make(kind, round % 2 * WARM_KEYS));

			warming.fill(WARM_KEYS, threads);
			for (String distribution : new String[] {"uniform", "zipf", "present", "absent"})
				warming.mix(WARM_KEYS, distribution, threads, 40, 25, 25, WARM_MILLIS, round);
		}
		warm[kind] = true;
		System.gc();
	}

	private String create(int kind, long capacity) throws Exception {
		if (!warm[kind])
			warmUp(kind);
		table = make(kind, (int)capacity);
		workload = new Workload(table);
		size = 0;
		return "ok";
	}

	/* The collector works between runs, not in the next one. */
	private String destroy() {
		table = null;
		workload = null;
		System.gc();
		return "ok";
	}

	/* Reported, as a peer's fault is no reason to leave it out. */
	private Workload.Result checked(Workload.Result result) {
		size += result.gained;
		if (table.size() != size)
			System.err.println(table.getClass().getSimpleName() + ": " + table.size() + " entries, should be " + size);
		size = table.size();
		return result;
	}

	private static String seconds(Workload.Result result) {
		return String.format(Locale.ROOT, "%.9f", result.nanoseconds / 1e9);
	}

	private String fill(long n, int threads) throws Exception {
		return "seconds " + seconds(checked(workload.fill(n, threads)));
	}

	private String mix(String[] words) throws Exception {
		long n = number(words, 1, 1, 1 << 29);
		int threads = (int)number(words, 3, 1, 1024);
		int[] percent = new int[4];
		int sum = 0;

		if (!words[2].matches("uniform|zipf|present|absent"))
			throw new BadCommand("no such distribution: " + words[2]);
		for (int i = 0; i < percent.length; i++)
			sum += percent[i] = (int)number(words, 4 + i, 0, 100);
		if (sum != 100)
			throw new BadCommand("percentages add up to " + sum);

		Workload.Result result = checked(workload.mix(n, words[2], threads, percent[0], percent[1], percent[2],
			number(words, 8, 1, 3600000), Long.parseUnsignedLong(words[9])));

		return "ops " + result.operations + " " + seconds(result);
	}

	/* ---- Reading -------------------------------------------------------- */

	private static long number(String[] words, int at, long least, long most) throws BadCommand {
		try {
			long number = Long.parseLong(words[at]);

			if (number >= least && number <= most)
				return number;
		} catch (NumberFormatException notANumber) {
			/* said below */
		}
		throw new BadCommand("not a number from " + least + " to " + most + ": " + words[at]);
	}

	private static void expect(String[] words, int count) throws BadCommand {
		if (words.length != count)
			throw new BadCommand(words[0] + " takes " + (count - 1) + " arguments");
	}

	private void expectMap() throws BadCommand {
		if (table == null)
			throw new BadCommand("no map has been created");
	}

	private String answer(String[] words) throws Exception {
		switch (words[0]) {
		case "kinds":
			expect(words, 1);
			return kinds();
		case "version":
			expect(words, 2);
			return "version " + make(kind(words[1]), 0).version();
		case "create":
			expect(words, 3);
			return create(kind(words[1]), number(words, 2, 0, 1 << 29));
		case "fill":
			expect(words, 3);
			expectMap();
			return fill(number(words, 1, 1, 1 << 29), (int)number(words, 2, 1, 1024));
		case "mix":
			expect(words, 10);
			expectMap();
			return mix(words);
		case "destroy":
			expect(words, 1);
			return destroy();
		default:
			throw new BadCommand("no such command: " + words[0]);
		}
	}

	/* An answer is one line, whatever the failure's text says. */
	private static String error(Throwable failure) {
		if (failure instanceof ClassNotFoundException)
			return "error its library was missing when this was compiled";

		String text = failure instanceof BadCommand ? failure.getMessage() : failure.toString();

		return "error " + text.replace('\n', ' ');
	}

	public static void main(String[] arguments) throws IOException {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		Peer peer = new Peer();
		String line;

		while ((line = in.readLine()) != null && !line.trim().equals("quit")) {
			String answer;

			try {
				answer = peer.answer(line.trim().split(" +"));
			} catch (Exception | OutOfMemoryError failure) {
				answer = error(failure);
			}
			System.out.println(answer);
			System.out.flush();
		}
	}
}
