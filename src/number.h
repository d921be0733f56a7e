/*
 * number: the small number a running thread goes by.
 *
 *   numbers of two running threads differ, below NB_NUMBERS
 *
 * Given on first use, taken back when the thread ends, lowest first: they stay
 * dense, so an array with one element for each of the threads is short.  An
 * element is handed from thread to thread with all that was written to it.
 * The threads that fork() leaves behind keep theirs in the child.
 *
 * First use may be within a put, where nobody may wait for anybody.  What has to
 * be made once for the process is therefore made with a map.  What is left of the
 * C library's in nb_number_take() is pthread_setspecific(), which takes no lock.
 * (For the first 32 keys of a process glibc has room in each thread; where there
 * are more, it calls calloc(), once in each thread.)
 */
#ifndef NB_NUMBER_H
#define NB_NUMBER_H

/* Threads beyond that share this number, which is nobody's own. */
#define NB_NUMBERS 1024u

/* For nb_number(); 0 stands for none yet. */
extern _Thread_local unsigned nb_number_known __attribute__((tls_model("initial-exec")));

/* Before any thread asks for its number, and before what it has made is
 * published.  May wait for another thread that is here. */
void nb_number_begin(void);

/* Lock-free. */
unsigned nb_number_take(void);

/* This thread's. */
static inline unsigned nb_number(void)
{
	unsigned known = nb_number_known;

	return known ? known - 1 : nb_number_take();
}

/* Above every number that was ever given. */
unsigned nb_number_end(void);

#endif
