/* What libgit2 would pull into a static program, and never needs there: see
 * cmake/Dependencies.cmake. */
#include <errno.h>
#include <pwd.h>
#include <regex.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* PCRE2, 300 KB of a program: libgit2 matches names of settings ("^extensions\\.") with it, for
   which the C library's regular expressions do. The six functions that it calls, as pcre2api(3) has
   them. The memory for a match is ours alone: libgit2 1.5 does not give it back where nothing was
   found. */
enum { kCaseless = 0x8, kNoMatch = -1, kFailed = -48 };
enum { kMostPairs = 16 };
static _Thread_local size_t offsets[2 * kMostPairs];
static _Thread_local regmatch_t matches[kMostPairs];

void* pcre2_compile_8(const unsigned char* pattern, size_t length, uint32_t options, int* error,
                      size_t* error_offset, void* context);
void pcre2_code_free_8(void* code);
void* pcre2_match_data_create_8(uint32_t pairs, void* context);
void pcre2_match_data_free_8(void* data);
int pcre2_match_8(const void* code, const unsigned char* subject, size_t length, size_t start,
                  uint32_t options, void* data, void* context);
size_t* pcre2_get_ovector_pointer_8(void* data);
int pcre2_get_error_message_8(int error, unsigned char* buffer, size_t size);

void* pcre2_compile_8(const unsigned char* pattern, size_t length, uint32_t options, int* error,
                      size_t* error_offset, void* context) {
  (void)length; /* the pattern ends with a zero */
  (void)context;
  *error_offset = 0;
  *error = kFailed;
  regex_t* code = malloc(sizeof *code);
  const int flags = REG_EXTENDED | ((options & kCaseless) != 0 ? REG_ICASE : 0);
  if (code != NULL && regcomp(code, (const char*)pattern, flags) == 0) return code;
  free(code);
  return NULL;
}

void pcre2_code_free_8(void* code) {
  if (code == NULL) return;
  regfree(code);
  free(code);
}

void* pcre2_match_data_create_8(uint32_t pairs, void* context) {
  (void)pairs;
  (void)context;
  return offsets;
}

void pcre2_match_data_free_8(void* data) {
  (void)data;
}

int pcre2_match_8(const void* code, const unsigned char* subject, size_t length, size_t start,
                  uint32_t options, void* data, void* context) {
  (void)length; /* so does the subject */
  (void)start;
  (void)options;
  (void)data;
  (void)context;
  if (regexec(code, (const char*)subject, kMostPairs, matches, 0) != 0) return kNoMatch;
  int pairs = 0;
  for (int i = 0; i < kMostPairs && matches[i].rm_so >= 0; ++i, ++pairs) {
    offsets[2 * i] = (size_t)matches[i].rm_so;
    offsets[2 * i + 1] = (size_t)matches[i].rm_eo;
  }
  return pairs;
}

size_t* pcre2_get_ovector_pointer_8(void* data) {
  (void)data;
  return offsets;
}

int pcre2_get_error_message_8(int error, unsigned char* buffer, size_t size) {
  (void)error;
  static const char kText[] = "not a regular expression";
  if (size < sizeof kText) return kFailed;
  memcpy(buffer, kText, sizeof kText);
  return (int)sizeof kText - 1;
}
