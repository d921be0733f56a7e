/*
 * point: makes every atomic access of the core a place where the scheduler may
 * switch threads.  Included before everything else (-include) in the model's
 * build of src/.
 */
#ifndef MODEL_POINT_H
#define MODEL_POINT_H

/* `object` is about to be accessed by the running thread. */
void model_point(const volatile void *object);

#define NB_POINT(object) model_point(object)

#endif
