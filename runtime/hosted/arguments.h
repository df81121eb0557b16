/* The command line of a generated program. */
#ifndef KILN_HOSTED_ARGUMENTS_H
#define KILN_HOSTED_ARGUMENTS_H

#include "kiln/program.h"

#include <stdio.h>

typedef struct kiln_arguments {
  int top;
  int threads;
  int repeat;
  int help;
  const char *weights;  /* path of the weights, or NULL */
  const char **outputs; /* a path or NULL for each output of the program */
  const char **files;
  int file_count;
} kiln_arguments;

/* Parses argv into *arguments; 0 after a message on stderr. The arrays live until
 * kiln_arguments_free. */
int kiln_arguments_parse(const kiln_program *program, int argc, char **argv,
                         kiln_arguments *arguments);

void kiln_arguments_free(kiln_arguments *arguments);

/* Prints usage with the network's inputs and outputs. */
void kiln_print_usage(FILE *file, const kiln_program *program);

#endif /* KILN_HOSTED_ARGUMENTS_H */
