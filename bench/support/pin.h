/* pin: threads stay where they are. */
#ifndef SUPPORT_PIN_H
#define SUPPORT_PIN_H

/* The caller on the `which`th processor that the process may use, modulo their number; says on stderr if it cannot. */
void pin_to(unsigned which);

#endif
