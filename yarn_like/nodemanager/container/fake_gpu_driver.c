/* A management library of two GPUs with minor numbers 3 and 1, or one that does not start: what gpu_driver_test opens. */
static int minors[] = {3, 1};

#ifdef BROKEN
int nvmlInit_v2(void) { return 9; }
#else
int nvmlInit_v2(void) { return 0; }
#endif
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = &minors[index];
  return 0;
}
int nvmlDeviceGetMinorNumber(void* device, unsigned* minor) {
  *minor = (unsigned)*(int*)device;
  return 0;
}
