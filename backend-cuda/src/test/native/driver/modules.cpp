// Modules are made of PTX, their functions are the emulated twins of its kernels.
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "ptx.h"
#include "schedule.h"

namespace {

constexpr int LOG_OPTION = 5;
constexpr int LOG_BYTES_OPTION = 6;

using Twins = std::unordered_map<std::string, const Kernel *>;

void add_twins(const std::string &library, Twins &to) {
    void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    auto *kernels = handle == nullptr ? nullptr : reinterpret_cast<Kernels *>(dlsym(handle, "kernels"));
    if (kernels == nullptr) {
        violation(text("no kernels in %s: %s", library.c_str(), dlerror()));
        return;
    }
    for (const Kernel *kernel = kernels(); kernel->name != nullptr; kernel++) {
        to[kernel->name] = kernel;
    }
}

// The libraries lie beside the driver.
Twins load_twins() {
    Twins out;
    Dl_info driver;
    dladdr(reinterpret_cast<void *>(&newest_ptx), &driver);
    std::string folder(driver.dli_fname);
    folder.resize(folder.rfind('/') + 1);
    DIR *files = opendir(folder.c_str());
    while (dirent *file = files == nullptr ? nullptr : readdir(files)) {
        std::string name = file->d_name;
        if (name.size() > 3 && name.compare(0, 8, "kernels_") == 0 && name.compare(name.size() - 3, 3, ".so") == 0) {
            add_twins(folder + name, out);
        }
    }
    if (files != nullptr) {
        closedir(files);
    }
    return out;
}

const Kernel *twin(const PtxEntry &entry) {
    static const Twins all = load_twins();
    auto found = all.find(entry.name);
    if (found == all.end()) {
        refuse(INVALID_PTX, text("no emulated kernel is called %s", entry.name.c_str()));
    }
    const Kernel *kernel = found->second;
    bool same = kernel->count == entry.parameters.size();
    for (size_t i = 0; same && i < kernel->count; i++) {
        same = kernel->arguments[i].bytes == entry.parameters[i];
    }
    if (!same) {
        refuse(INVALID_PTX, text("%s takes other arguments in PTX than in its source", kernel->name));
    }
    return kernel;
}

void add_function(Module *module, const PtxEntry &entry) {
    const Kernel *kernel = twin(entry);
    Function *function = create<Function>(module->context);
    function->module = module;
    function->kernel = kernel;
    function->most_threads = entry.most_threads > 0 ? entry.most_threads : function->most_threads;
    function->shared = entry.shared;
    module->functions.push_back(function->handle);
}

// Why a device and its driver do not take it, as the driver's log would say; the code is zero if they do.
std::pair<int, std::string> objection(const Ptx &ptx, const Device *device) {
    if (ptx.version == 0 || ptx.target == 0 || ptx.entries.empty()) {
        return {INVALID_PTX, "ptxas fatal: no PTX"};
    }
    int newest = newest_ptx(state->version);
    if (ptx.version > newest) {
        return {UNSUPPORTED_PTX_VERSION, text("ptxas fatal: Unsupported .version %d.%d; current version is '%d.%d'",
                                                 ptx.version / 10, ptx.version % 10, newest / 10, newest % 10)};
    }
    if (ptx.target > device->capability) {
        return {NO_BINARY_FOR_GPU, text("ptxas fatal: SM version %d is higher than the device's", ptx.target)};
    }
    return {SUCCESS, ""};
}

void load(CUmodule *out, const void *image, std::string &log) {
    unsafe_in_capture();
    Context *context = current();
    Ptx ptx = read_ptx(static_cast<const char *>(given(image)));
    auto [code, why] = objection(ptx, context->device);
    if (code != SUCCESS) {
        log = why;
        answer(code);
    }
    Module *module = create<Module>(context);
    module->version = ptx.version;
    module->target = ptx.target;
    try {
        for (const PtxEntry &entry : ptx.entries) {
            add_function(module, entry);
        }
    } catch (const Answer &) {
        module->alive = false;
        throw;
    }
    *given(out) = module->handle;
}

void write_log(const std::string &log, unsigned count, const int *options, void **values) {
    char *buffer = nullptr;
    size_t *bytes = nullptr;
    for (unsigned i = 0; i < count; i++) {
        if (options[i] == LOG_OPTION) {
            buffer = static_cast<char *>(values[i]);
        } else if (options[i] == LOG_BYTES_OPTION) {
            // The value is in the place of the pointer.
            bytes = reinterpret_cast<size_t *>(&values[i]);
        }
    }
    if (buffer != nullptr && bytes != nullptr && static_cast<unsigned>(*bytes) > 0) {
        snprintf(buffer, static_cast<unsigned>(*bytes), "%s", log.c_str());
        *bytes = strlen(buffer);
    }
}

}  // namespace

EXPORTED CUresult cuModuleLoadData(CUmodule *out, const void *image) {
    CALL(CONTEXT) {
        std::string log;
        load(out, image, log);
    });
}

EXPORTED CUresult cuModuleLoadDataEx(
        CUmodule *out, const void *image, unsigned count, const int *options, void **values) {
    CALL(CONTEXT) {
        std::string log;
        try {
            load(out, image, log);
        } catch (const Answer &) {
            write_log(log, count, options, values);
            throw;
        }
        write_log(log, count, options, values);
    });
}

EXPORTED CUresult cuModuleUnload(CUmodule handle) {
    CALL(CONTEXT) {
        unsafe_in_capture();
        Module *module = find<Module>(handle);
        check_works(module->context);
        if (module->context != current()) {
            refuse(INVALID_CONTEXT, text("module %p belongs to another context than the current one", handle));
        }
        module->alive = false;
        for (void *function : module->functions) {
            find<Function>(function)->alive = false;
        }
    });
}

EXPORTED CUresult cuModuleGetFunction(CUfunction *out, CUmodule handle, const char *name) {
    CALL(CONTEXT) {
        Module *module = find<Module>(handle);
        check_works(module->context);
        for (void *function : module->functions) {
            if (strcmp(find<Function>(function)->kernel->name, given(name)) == 0) {
                *given(out) = function;
                return;
            }
        }
        answer(NOT_FOUND);
    });
}

EXPORTED CUresult cuFuncGetModule(CUmodule *out, CUfunction function) {
    CALL(CONTEXT) { *given(out) = find<Function>(function)->module->handle; });
}
