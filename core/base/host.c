#include "core/base/host.h"

#include <string.h>
#include <unistd.h>

/* gethostname does not end a name that it cuts. */
void host_name(char name[HOST_NAME])
{
    memset(name, 0, HOST_NAME);
    gethostname(name, HOST_NAME - 1);
}
