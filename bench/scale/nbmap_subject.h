/* nbmap_subject: the library's map within a subject, for who looks inside. */
#ifndef SCALE_NBMAP_SUBJECT_H
#define SCALE_NBMAP_SUBJECT_H

struct nbmap_u64;

struct nbmap_u64 *nbmap_of_subject(void *map);

#endif
