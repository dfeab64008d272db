/* What libgit2 would pull into a static program, and never needs there: see
 * cmake/Dependencies.cmake. */
#include <errno.h>
#include <pwd.h>
#include <stddef.h>

/* The network: TLS, ssh, http and the smart transport. */
int git_http__expect_continue = 0;
int git_smart__ofs_delta_enabled = 1;

int git_mbedtls_stream_global_init(void);
int git_transport_ssh_global_init(void);
int git_mbedtls__set_cert_location(const char* file, const char* path);
int git_transport_new(void** out, void* owner, const char* url);

int git_mbedtls_stream_global_init(void) {
  return 0;
}

int git_transport_ssh_global_init(void) {
  return 0;
}

int git_mbedtls__set_cert_location(const char* file, const char* path) {
  (void)file;
  (void)path;
  return -1;
}

int git_transport_new(void** out, void* owner, const char* url) {
  (void)owner;
  (void)url;
  *out = 0;
  return -1;
}

/* libgit2 asks for a home directory when the process was switched to another user (setuid); glibc's
   own would load shared libraries (NSS) at run time, of which the linker warns. Without it there is
   no home then. */
int getpwuid_r(uid_t uid, struct passwd* entry, char* buffer, size_t size, struct passwd** result) {
  (void)uid;
  (void)entry;
  (void)buffer;
  (void)size;
  *result = NULL;
  return ENOENT;
}

/* PCRE2's compiler to machine code, which libgit2 never calls: 240 KB. What its interpreter asks of
   it for each pattern: none was compiled. */
void _pcre2_jit_free_8(void* compiled, void* memory);
int _pcre2_jit_check_exec_8(void);
int pcre2_jit_match_8(void);

void _pcre2_jit_free_8(void* compiled, void* memory) {
  (void)compiled;
  (void)memory;
}

int _pcre2_jit_check_exec_8(void) {
  return 0;
}

int pcre2_jit_match_8(void) {
  return -45; /* PCRE2_ERROR_JIT_BADOPTION */
}
