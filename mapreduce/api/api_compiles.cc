// Compiled by g++ alone (ctest: mapreduce_api_gxx): the public headers need nothing but C++20.
#include "mapreduce/api/mapreduce.h"
