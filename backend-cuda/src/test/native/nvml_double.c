// A double of NVML: devices whose figures are set by tests. Its own functions start with nvml_double_.
#include <pthread.h>
#include <stddef.h>
#include <string.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };
enum { DEVICES = 8, FIGURES = 32, FAILURES = 32, NAME = 96, CURVE = 4096 };

struct figure {
    char name[NAME];
    unsigned long long value;
};

struct device {
    char bus[NAME];
    char uuid[NAME];
    char name[NAME];
    // The GPU of a MIG instance; null for a GPU.
    struct device *whole;
    struct figure figures[FIGURES];
    int figure_count;
    // What powers are read one after the other, before the figure's own value.
    unsigned powers[CURVE];
    int power_count;
    int power_next;
};

struct failure {
    char function[NAME];
    int nth;
    int status;
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct device devices[DEVICES];
static int device_count;
static struct failure failures[FAILURES];
static int failure_count;
static int users;

static void copy(char *to, const char *from) {
    strncpy(to, from, NAME - 1);
    to[NAME - 1] = 0;
}

void nvml_double_reset(void) {
    pthread_mutex_lock(&guard);
    memset(devices, 0, sizeof devices);
    device_count = 0;
    failure_count = 0;
    pthread_mutex_unlock(&guard);
}

// Adds a GPU, or with the index of one an instance of it; answers with its index.
int nvml_double_add(const char *bus, const char *uuid, const char *name, int whole) {
    pthread_mutex_lock(&guard);
    struct device *device = &devices[device_count];
    copy(device->bus, bus);
    copy(device->uuid, uuid);
    copy(device->name, name);
    device->whole = whole < 0 ? NULL : &devices[whole];
    int index = device_count++;
    pthread_mutex_unlock(&guard);
    return index;
}

static struct figure *find(struct device *device, const char *name) {
    for (int i = 0; i < device->figure_count; i++) {
        if (strcmp(device->figures[i].name, name) == 0) {
            return &device->figures[i];
        }
    }
    return NULL;
}

// Sets a figure; without it the device does not support it.
void nvml_double_set(int index, const char *name, unsigned long long value) {
    pthread_mutex_lock(&guard);
    struct device *device = &devices[index];
    struct figure *figure = find(device, name);
    if (figure == NULL) {
        figure = &device->figures[device->figure_count++];
        copy(figure->name, name);
    }
    figure->value = value;
    pthread_mutex_unlock(&guard);
}

// Adds a power, in milliwatts, that is read once.
void nvml_double_power(int index, unsigned milliwatts) {
    pthread_mutex_lock(&guard);
    struct device *device = &devices[index];
    device->powers[device->power_count++] = milliwatts;
    pthread_mutex_unlock(&guard);
}

// The nth call from now of a function answers with a status.
void nvml_double_fail(const char *function, int nth, int status) {
    pthread_mutex_lock(&guard);
    struct failure *failure = &failures[failure_count++];
    copy(failure->function, function);
    failure->nth = nth;
    failure->status = status;
    pthread_mutex_unlock(&guard);
}

// Starts of its use that nobody has ended.
int nvml_double_users(void) {
    pthread_mutex_lock(&guard);
    int count = users;
    pthread_mutex_unlock(&guard);
    return count;
}

// Counts a call of a function; the status that it is to answer with, or success.
static int enter(const char *function, int needs_init) {
    int status = needs_init && users == 0 ? UNINITIALIZED : SUCCESS;
    for (int i = 0; i < failure_count; i++) {
        if (strcmp(failures[i].function, function) == 0 && --failures[i].nth == 0) {
            status = failures[i].status;
        }
    }
    return status;
}

static int is_device(const struct device *device) {
    return device >= devices && device < devices + device_count;
}

static int figure(const char *function, struct device *device, const char *name, unsigned long long *value) {
    pthread_mutex_lock(&guard);
    int status = enter(function, 1);
    if (status == SUCCESS) {
        struct figure *found = is_device(device) ? find(device, name) : NULL;
        status = !is_device(device) ? INVALID_ARGUMENT : found == NULL ? NOT_SUPPORTED : SUCCESS;
        if (status == SUCCESS) {
            *value = found->value;
        }
    }
    pthread_mutex_unlock(&guard);
    return status;
}

static int small(const char *function, struct device *device, const char *name, unsigned *value) {
    unsigned long long wide = 0;
    int status = figure(function, device, name, &wide);
    if (status == SUCCESS) {
        *value = (unsigned) wide;
    }
    return status;
}

int nvmlInit_v2(void) {
    pthread_mutex_lock(&guard);
    int status = enter("nvmlInit_v2", 0);
    users += status == SUCCESS;
    pthread_mutex_unlock(&guard);
    return status;
}

int nvmlShutdown(void) {
    pthread_mutex_lock(&guard);
    int status = enter("nvmlShutdown", 1);
    users -= status == SUCCESS;
    pthread_mutex_unlock(&guard);
    return status;
}

const char *nvmlErrorString(int status) {
    return status == NOT_SUPPORTED ? "Not Supported" : "the double says no";
}

static int write_text(const char *function, const char *text, char *out, unsigned length) {
    pthread_mutex_lock(&guard);
    int status = enter(function, 1);
    if (status == SUCCESS) {
        status = text == NULL ? INVALID_ARGUMENT : strlen(text) >= length ? INSUFFICIENT_SIZE : SUCCESS;
    }
    if (status == SUCCESS) {
        strcpy(out, text);
    }
    pthread_mutex_unlock(&guard);
    return status;
}

int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    return write_text("nvmlSystemGetDriverVersion", "550.54.15", version, length);
}

int nvmlDeviceGetName(struct device *device, char *name, unsigned length) {
    return write_text("nvmlDeviceGetName", is_device(device) ? device->name : NULL, name, length);
}

static int look_up(const char *function, const char *text, size_t offset, struct device **device) {
    pthread_mutex_lock(&guard);
    int status = enter(function, 1);
    if (status == SUCCESS) {
        status = NOT_FOUND;
        for (int i = 0; i < device_count; i++) {
            if (strcmp((const char *) &devices[i] + offset, text) == 0) {
                *device = &devices[i];
                status = SUCCESS;
            }
        }
    }
    pthread_mutex_unlock(&guard);
    return status;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, struct device **device) {
    return look_up("nvmlDeviceGetHandleByPciBusId_v2", bus, offsetof(struct device, bus), device);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, struct device **device) {
    return look_up("nvmlDeviceGetHandleByUUID", uuid, offsetof(struct device, uuid), device);
}

int nvmlDeviceGetTotalEnergyConsumption(struct device *device, unsigned long long *millijoules) {
    return figure("nvmlDeviceGetTotalEnergyConsumption", device, "energy", millijoules);
}

int nvmlDeviceGetPowerUsage(struct device *device, unsigned *milliwatts) {
    int status = small("nvmlDeviceGetPowerUsage", device, "power", milliwatts);
    pthread_mutex_lock(&guard);
    if (status == SUCCESS && device->power_next < device->power_count) {
        *milliwatts = device->powers[device->power_next++];
    }
    pthread_mutex_unlock(&guard);
    return status;
}

int nvmlDeviceGetEnforcedPowerLimit(struct device *device, unsigned *milliwatts) {
    return small("nvmlDeviceGetEnforcedPowerLimit", device, "limit", milliwatts);
}

static const char *clock_name(int type, const char *sm, const char *memory) {
    return type == 1 ? sm : type == 2 ? memory : "unknown";
}

int nvmlDeviceGetClockInfo(struct device *device, int type, unsigned *megahertz) {
    return small("nvmlDeviceGetClockInfo", device, clock_name(type, "sm", "memory"), megahertz);
}

int nvmlDeviceGetMaxClockInfo(struct device *device, int type, unsigned *megahertz) {
    return small("nvmlDeviceGetMaxClockInfo", device, clock_name(type, "max sm", "max memory"), megahertz);
}

#ifndef OLD
int nvmlDeviceGetCurrentClocksEventReasons(struct device *device, unsigned long long *reasons) {
    return figure("nvmlDeviceGetCurrentClocksEventReasons", device, "reasons", reasons);
}
#endif

int nvmlDeviceGetCurrentClocksThrottleReasons(struct device *device, unsigned long long *reasons) {
    return figure("nvmlDeviceGetCurrentClocksThrottleReasons", device, "reasons", reasons);
}

int nvmlDeviceGetTemperature(struct device *device, int sensor, unsigned *celsius) {
    return small("nvmlDeviceGetTemperature", device, sensor == 0 ? "temperature" : "unknown", celsius);
}

int nvmlDeviceGetTotalEccErrors(struct device *device, int type, int counter, unsigned long long *errors) {
    const char *name = counter != 0 ? "unknown" : type == 0 ? "corrected" : "uncorrected";
    return figure("nvmlDeviceGetTotalEccErrors", device, name, errors);
}

#ifndef OLD
int nvmlDeviceIsMigDeviceHandle(struct device *device, unsigned *instance) {
    pthread_mutex_lock(&guard);
    int status = enter("nvmlDeviceIsMigDeviceHandle", 1);
    if (status == SUCCESS) {
        *instance = device->whole != NULL;
    }
    pthread_mutex_unlock(&guard);
    return status;
}

int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(struct device *device, struct device **whole) {
    pthread_mutex_lock(&guard);
    int status = enter("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", 1);
    if (status == SUCCESS) {
        status = device->whole == NULL ? INVALID_ARGUMENT : SUCCESS;
        *whole = device->whole;
    }
    pthread_mutex_unlock(&guard);
    return status;
}
#endif
