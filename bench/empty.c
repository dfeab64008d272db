// The floor: what starting and ending a process costs when it does nothing.
int main(void) {
  return 0;
}
