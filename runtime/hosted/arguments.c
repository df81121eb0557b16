/* Options of a generated program: --top, --threads, --repeat, --output, --weights; as `--option
 * VALUE` or `--option=VALUE`. Everything else is a file. */
#define _POSIX_C_SOURCE 200809L
#include "runtime/hosted/arguments.h"
#include "runtime/hosted/files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_tensors(FILE *file, const char *role, const kiln_tensor *tensors,
                          uint32_t count) {
  char shape[256];
  for (uint32_t i = 0; i < count; ++i)
    fprintf(file, "  %s %s: %s %s\n", role, tensors[i].name, kiln_dtype_name(tensors[i].dtype),
            kiln_shape_text(tensors[i].rank, tensors[i].dims, shape, sizeof(shape)));
}

void kiln_print_usage(FILE *file, const kiln_program *program) {
  fprintf(file,
          "usage: %s [--top K] [--threads N] [--repeat N] [--output [NAME=]FILE.npy]... [--weights "
          "FILE] FILE...\n"
          "FILE: one .npy, PNG, JPEG, PPM or PGM file for each input, in this order\n",
          program->name);
  print_tensors(file, "input", program->inputs, program->input_count);
  print_tensors(file, "output", program->outputs, program->output_count);
}

static int parse_count(const char *option, const char *text, int *count) {
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < 1 || value > INT_MAX) {
    fprintf(stderr, "%s needs a number from 1 on, not '%s'\n", option, text);
    return 0;
  }
  *count = (int)value;
  return 1;
}

/* "NAME=FILE" where NAME is an output, else a file for the only output. */
static int parse_output(const kiln_program *program, const char *text, kiln_arguments *arguments) {
  for (uint32_t i = 0; i < program->output_count; ++i) {
    size_t length = strlen(program->outputs[i].name);
    if (strncmp(text, program->outputs[i].name, length) == 0 && text[length] == '=') {
      arguments->outputs[i] = text + length + 1;
      return 1;
    }
  }
  if (program->output_count == 1) {
    arguments->outputs[0] = text;
    return 1;
  }
  fprintf(stderr, "--output %s: say which output, as NAME=FILE.npy\n", text);
  print_tensors(stderr, "output", program->outputs, program->output_count);
  return 0;
}

static int parse_option(const kiln_program *program, const char *option, const char *value,
                        kiln_arguments *arguments) {
  if (strcmp(option, "--top") == 0)
    return parse_count(option, value, &arguments->top);
  if (strcmp(option, "--threads") == 0)
    return parse_count(option, value, &arguments->threads);
  if (strcmp(option, "--repeat") == 0)
    return parse_count(option, value, &arguments->repeat);
  if (strcmp(option, "--output") == 0)
    return parse_output(program, value, arguments);
  if (strcmp(option, "--weights") == 0) {
    arguments->weights = value;
    return 1;
  }
  fprintf(stderr, "unknown option '%s'\n", option);
  return 0;
}

static int parse_all(const kiln_program *program, int argc, char **argv,
                     kiln_arguments *arguments) {
  for (int i = 1; i < argc; ++i) {
    char *equals = strchr(argv[i], '=');
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      arguments->help = 1;
    } else if (strncmp(argv[i], "--", 2) != 0) {
      arguments->files[arguments->file_count++] = argv[i];
    } else if (equals != NULL) {
      *equals = '\0';
      if (!parse_option(program, argv[i], equals + 1, arguments))
        return 0;
    } else if (i + 1 == argc) {
      fprintf(stderr, "unknown option, or one without its value: '%s'\n", argv[i]);
      return 0;
    } else if (!parse_option(program, argv[i], argv[i + 1], arguments)) {
      return 0;
    } else {
      ++i;
    }
  }
  return 1;
}

static int check_files(const kiln_program *program, const kiln_arguments *arguments) {
  int inputs = (int)program->input_count, files = arguments->file_count;
  if (inputs == 0 ? files != 0 : files == 0 || files % inputs != 0) {
    fprintf(stderr, "%d file(s) for %d input(s)\n", files, inputs);
    return 0;
  }
  for (uint32_t i = 0; i < program->output_count; ++i)
    if (arguments->outputs[i] != NULL && files > inputs) {
      fprintf(stderr, "--output takes the answer to one set of inputs\n");
      return 0;
    }
  return 1;
}

int kiln_arguments_parse(const kiln_program *program, int argc, char **argv,
                         kiln_arguments *arguments) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  memset(arguments, 0, sizeof(*arguments));
  arguments->top = 5;
  arguments->repeat = 1;
  arguments->threads = program->threads < 1 ? 1 : (int)program->threads;
  if (processors >= 1 && arguments->threads > processors)
    arguments->threads = (int)processors;
  arguments->files = calloc((size_t)argc + 1, sizeof(*arguments->files));
  arguments->outputs = calloc((size_t)program->output_count + 1, sizeof(*arguments->outputs));
  if (arguments->files == NULL || arguments->outputs == NULL) {
    fprintf(stderr, "not enough memory\n");
    return 0;
  }
  if (!parse_all(program, argc, argv, arguments))
    return 0;
  return arguments->help || check_files(program, arguments);
}

void kiln_arguments_free(kiln_arguments *arguments) {
  free(arguments->files);
  free(arguments->outputs);
}
