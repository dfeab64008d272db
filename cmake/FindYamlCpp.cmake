# yaml-cpp: YamlCpp::YamlCpp. Its own package file knows the shared library alone.
include(CLibrary)
find_c_library(YamlCpp HEADER yaml-cpp/yaml.h LIBRARY yaml-cpp)
