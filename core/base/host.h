/* The name of this machine, "" if it has none. */
#ifndef CORE_BASE_HOST_H
#define CORE_BASE_HOST_H

enum { HOST_NAME = 65 }; /* bytes, with the NUL */

void host_name(char name[HOST_NAME]);

#endif
