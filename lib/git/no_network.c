/* libgit2's ways to the network, cut off: see cmake/Dependencies.cmake. A hook never opens them.
 */
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
