/* pin: threads of real runs stay where they are. */
#ifndef SCALE_PIN_H
#define SCALE_PIN_H

/* The caller on the `which`th processor that the process may use, modulo their number. */
void pin_to(unsigned which);

double pin_seconds(void);

/* How often the caller has lost its processor to another. */
long pin_losses(void);

#endif
