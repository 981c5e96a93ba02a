// Where the ranks of a communicator meet: sockets of files, which processes in other network namespaces find too.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <thread>

#include "comms.h"

namespace {

struct Peer {
    int socket = -1;
    Message hello{};
    bool joined = false;
    bool left = false;
    bool splits = false;
    bool finalizes = false;
    Message split{};
};

struct Hub {
    std::string path;
    int listener = -1;
    int size = 0;
    bool complete = false;
    std::vector<Peer> peers;
    std::unique_ptr<Shared> shared;

    Hub() = default;
    Hub(const Hub &) = delete;
    Hub &operator=(const Hub &) = delete;

    ~Hub() {
        close_door();
    }

    void close_door() {
        if (listener >= 0) {
            close(listener);
            unlink(path.c_str());
            listener = -1;
        }
    }
};

std::mutex hubs_guard;
std::vector<std::shared_ptr<Hub>> &hubs = *new std::vector<std::shared_ptr<Hub>>;
int wake[2] = {-1, -1};

sockaddr_un address_of(const std::string &path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    snprintf(out.sun_path, sizeof out.sun_path, "%s", path.c_str());
    return out;
}

std::string folder() {
    const char *base = getenv("TMPDIR");
    std::string out = text("%s/nccl-double-%d", base == nullptr ? "/tmp" : base, static_cast<int>(getuid()));
    mkdir(out.c_str(), 0700);
    return out;
}

// A process that was killed leaves its doors behind.
void sweep(const std::string &where) {
    DIR *all = opendir(where.c_str());
    if (all == nullptr) {
        return;
    }
    while (dirent *entry = readdir(all)) {
        int process = atoi(entry->d_name);
        if (process > 0 && kill(process, 0) != 0 && errno == ESRCH) {
            unlink((where + "/" + entry->d_name).c_str());
        }
    }
    closedir(all);
}

std::shared_ptr<Hub> make_hub() {
    static std::atomic<int> number{0};
    auto hub = std::make_shared<Hub>();
    hub->path = text("%s/%d-%d", folder().c_str(), static_cast<int>(getpid()), ++number);
    hub->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address = address_of(hub->path);
    if (bind(hub->listener, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 ||
        listen(hub->listener, 1024) != 0) {
        say_error(text("a socket at %s: %s", hub->path.c_str(), strerror(errno)));
        return nullptr;
    }
    return hub;
}

void tell_all(Hub *hub, const Message &message, int descriptor) {
    for (const Peer &peer : hub->peers) {
        if (peer.joined && !peer.left) {
            send_message(peer.socket, message, descriptor);
        }
    }
}

void refuse_all(Hub *hub, int code, const std::string &why) {
    Message message{};
    message.said = Said::REFUSED;
    message.code = code;
    snprintf(message.text, sizeof message.text, "%s", why.c_str());
    tell_all(hub, message, -1);
}

// What is wrong with the ranks that have come, empty if nothing is.
std::string two_on_one_device(const Hub &hub) {
    for (const Peer &a : hub.peers) {
        for (const Peer &b : hub.peers) {
            bool doubled = a.hello.doubled && b.hello.doubled;
            if (a.hello.rank < b.hello.rank && !doubled && strcmp(a.hello.device, b.hello.device) == 0) {
                return text("ranks %d and %d are both on GPU %s", a.hello.rank, b.hello.rank, a.hello.device);
            }
        }
    }
    return "";
}

void welcome(Hub *hub) {
    hub->complete = true;
    hub->close_door();
    std::string wrong = two_on_one_device(*hub);
    if (!wrong.empty()) {
        refuse_all(hub, ncclInvalidUsage, wrong);
        return;
    }
    int memory = memfd_create("nccl-double", MFD_CLOEXEC);
    if (memory < 0 || ftruncate(memory, static_cast<off_t>(Shared::total(hub->size))) != 0) {
        refuse_all(hub, ncclSystemError, text("shared memory: %s", strerror(errno)));
        return;
    }
    hub->shared = std::make_unique<Shared>(memory, hub->size);
    Message message{};
    message.said = Said::WELCOME;
    tell_all(hub, message, memory);
    close(memory);
}

void hello(Hub *hub, Peer *peer, const Message &message) {
    std::string wrong;
    if (hub->size != 0 && hub->size != message.size) {
        wrong = text("rank %d says that there are %d ranks, others say %d", message.rank, message.size, hub->size);
    }
    int there = 1;
    for (const Peer &other : hub->peers) {
        there += other.joined ? 1 : 0;
        if (other.joined && other.hello.rank == message.rank) {
            wrong = text("there are two ranks with number %d", message.rank);
        }
    }
    hub->size = hub->size == 0 ? message.size : hub->size;
    peer->hello = message;
    peer->joined = true;
    if (!wrong.empty()) {
        refuse_all(hub, ncclInvalidUsage, wrong);
    } else if (there == hub->size) {
        welcome(hub);
    }
}

// New doors, one for each color, and who goes through which.
void split(Hub *hub) {
    std::map<int, std::vector<Peer *>> colors;
    for (Peer &peer : hub->peers) {
        colors[peer.split.color].push_back(&peer);
        peer.splits = false;
    }
    for (auto &[color, peers] : colors) {
        std::stable_sort(peers.begin(), peers.end(), [](const Peer *a, const Peer *b) {
            return std::make_pair(a->split.key, a->hello.rank) < std::make_pair(b->split.key, b->hello.rank);
        });
        std::string path;
        if (color >= 0) {
            std::shared_ptr<Hub> part = make_hub();
            path = part->path;
            hubs.push_back(part);
        }
        for (size_t i = 0; i < peers.size(); i++) {
            Message message{};
            message.said = Said::SPLIT_DONE;
            message.size = static_cast<int>(peers.size());
            message.rank = static_cast<int>(i);
            message.color = color;
            snprintf(message.address, sizeof message.address, "%s", path.c_str());
            send_message(peers[i]->socket, message, -1);
        }
    }
}

template <typename F>
bool all(const Hub &hub, F condition) {
    return hub.complete && std::all_of(hub.peers.begin(), hub.peers.end(), condition);
}

void answer(Hub *hub, Peer *peer, const Message &message) {
    switch (message.said) {
        case Said::HELLO:
            return hello(hub, peer, message);
        case Said::SPLIT:
            peer->splits = true;
            peer->split = message;
            if (all(*hub, [](const Peer &p) { return p.splits; })) {
                split(hub);
            }
            return;
        case Said::FINALIZE: {
            peer->finalizes = true;
            if (all(*hub, [](const Peer &p) { return p.finalizes; })) {
                Message done{};
                done.said = Said::FINALIZED;
                tell_all(hub, done, -1);
            }
            return;
        }
        default:
            peer->left = true;
    }
}

void lost(Hub *hub, Peer *peer) {
    close(peer->socket);
    peer->socket = -1;
    if (peer->left) {
        return;
    }
    peer->left = true;
    if (hub->shared != nullptr) {
        int none = 0;
        hub->shared->board()->gone.compare_exchange_strong(none, peer->hello.rank + 1);
    } else if (peer->joined) {
        refuse_all(hub, ncclRemoteError, text("rank %d is gone", peer->hello.rank));
    }
}

void listen_to(Hub *hub, Peer *peer) {
    Message message;
    int descriptor = -1;
    int got;
    while ((got = receive_message(peer->socket, &message, &descriptor)) > 0) {
        answer(hub, peer, message);
    }
    if (got < 0) {
        lost(hub, peer);
    }
}

void serve_once() {
    std::vector<pollfd> waits = {{wake[0], POLLIN, 0}};
    std::unique_lock<std::mutex> lock(hubs_guard);
    for (const auto &hub : hubs) {
        waits.push_back({hub->listener, POLLIN, 0});
        for (const Peer &peer : hub->peers) {
            waits.push_back({peer.socket, POLLIN, 0});
        }
    }
    lock.unlock();
    poll(waits.data(), waits.size(), -1);
    char byte[64];
    while (read(wake[0], byte, sizeof byte) > 0) {
    }
    lock.lock();
    // A split adds hubs.
    std::vector<std::shared_ptr<Hub>> now = hubs;
    for (const auto &hub : now) {
        int caller;
        while (hub->listener >= 0 && (caller = accept4(hub->listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
            hub->peers.emplace_back();
            hub->peers.back().socket = caller;
        }
        for (Peer &peer : hub->peers) {
            if (peer.socket >= 0) {
                listen_to(hub.get(), &peer);
            }
        }
    }
    hubs.erase(std::remove_if(hubs.begin(), hubs.end(),
                       [](const std::shared_ptr<Hub> &hub) {
                           return hub->complete && std::all_of(hub->peers.begin(), hub->peers.end(),
                                                           [](const Peer &p) { return p.socket < 0; });
                       }),
            hubs.end());
}

void leave_no_doors() {
    std::lock_guard<std::mutex> lock(hubs_guard);
    for (const auto &hub : hubs) {
        unlink(hub->path.c_str());
    }
}

}  // namespace

std::string open_hub() {
    std::lock_guard<std::mutex> lock(hubs_guard);
    if (wake[0] < 0) {
        sweep(folder());
        if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) {
            return "";
        }
        atexit(leave_no_doors);
        std::thread([] {
            while (true) {
                serve_once();
            }
        }).detach();
    }
    std::shared_ptr<Hub> hub = make_hub();
    if (hub == nullptr) {
        return "";
    }
    hubs.push_back(hub);
    if (write(wake[1], "x", 1) != 1) {
        // The pipe is full: the thread wakes up anyway.
    }
    return hub->path;
}

int connect_hub(const std::string &path) {
    int out = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address = address_of(path);
    if (connect(out, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) {
        close(out);
        return -1;
    }
    fcntl(out, F_SETFL, O_NONBLOCK);
    return out;
}

bool send_message(int to, const Message &message, int descriptor) {
    iovec part = {const_cast<Message *>(&message), sizeof message};
    char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (descriptor >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr *first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(first), &descriptor, sizeof descriptor);
    }
    return sendmsg(to, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

int receive_message(int from, Message *message, int *descriptor) {
    iovec part = {message, sizeof *message};
    char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    ssize_t got = recvmsg(from, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0;
    }
    if (got != static_cast<ssize_t>(sizeof *message)) {
        return -1;
    }
    cmsghdr *first = CMSG_FIRSTHDR(&header);
    if (first != nullptr && first->cmsg_type == SCM_RIGHTS) {
        memcpy(descriptor, CMSG_DATA(first), sizeof *descriptor);
    }
    return 1;
}
