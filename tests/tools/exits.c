/* exits STATUS COMMAND...: runs a command and requires its exact exit status; STATUS may be a list,
 * as 0,1. A signal never fits. Exit status 0 where it fits, else 1 with a message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_listed(const char *list, int status) {
  for (const char *at = list; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
    if (atoi(at) == status)
      return 1;
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: exits STATUS[,STATUS]... COMMAND...\n");
    return 2;
  }
  pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    perror("exits");
    return 1;
  }
  if (WIFEXITED(status) && is_listed(argv[1], WEXITSTATUS(status)))
    return 0;
  fprintf(stderr, "exits: %s %d, not %s\n", WIFEXITED(status) ? "exit status" : "signal",
          WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), argv[1]);
  return 1;
}
