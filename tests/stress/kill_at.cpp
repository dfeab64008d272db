// Runs a command and ends it, as `kill -9` does, before the n-th step by which it or a program that
// it runs changes a file: kill_at ROOT N all|first REPORT COMMAND… Steps are system calls: files
// opened to be made or emptied, written (below ROOT), renamed, linked, removed; folders made and
// removed. `all` ends every process, as a machine that is switched off does; `first` only the
// command itself: what it has started goes on. N = 0: it runs to its end. REPORT gets one line:
// "STEPS what it was killed before", and the exit code is the command's, 137 when it was killed.
// 77: processes cannot be traced here.

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <set>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int kCannotTrace = 77, kKilled = 137;

enum class Kind { path, opened, written };  // which argument says whether and what it changes

struct Call {
  std::uint64_t number;
  const char* name;
  Kind kind;
  unsigned argument;  // the path, or the file descriptor
};

constexpr Call kCalls[] = {
#ifdef SYS_open
    {SYS_open, "open", Kind::opened, 0},       {SYS_creat, "creat", Kind::path, 0},
    {SYS_rename, "rename", Kind::path, 1},     {SYS_unlink, "unlink", Kind::path, 0},
    {SYS_mkdir, "mkdir", Kind::path, 0},       {SYS_rmdir, "rmdir", Kind::path, 0},
    {SYS_link, "link", Kind::path, 1},         {SYS_symlink, "symlink", Kind::path, 1},
    {SYS_chmod, "chmod", Kind::path, 0},
#endif
    {SYS_openat, "open", Kind::opened, 1},     {SYS_renameat2, "rename", Kind::path, 3},
    {SYS_renameat, "rename", Kind::path, 3},   {SYS_unlinkat, "unlink", Kind::path, 1},
    {SYS_mkdirat, "mkdir", Kind::path, 1},     {SYS_linkat, "link", Kind::path, 3},
    {SYS_symlinkat, "symlink", Kind::path, 2}, {SYS_fchmodat, "chmod", Kind::path, 1},
    {SYS_truncate, "truncate", Kind::path, 0}, {SYS_ftruncate, "truncate", Kind::written, 0},
    {SYS_write, "write", Kind::written, 0},    {SYS_writev, "write", Kind::written, 0},
    {SYS_pwrite64, "write", Kind::written, 0},
};

std::string string_at(pid_t pid, std::uint64_t address) {
  std::array<char, 256> bytes{};
  std::string text;
  // Piecewise: the next page may not be there.
  while (text.size() < PATH_MAX) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), 4096 - address % 4096);
    iovec here{bytes.data(), size}, there{reinterpret_cast<void*>(address), size};
    const ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (got <= 0) break;
    const std::string_view part(bytes.data(), static_cast<std::size_t>(got));
    text += part.substr(0, part.find('\0'));
    if (part.find('\0') != part.npos) break;
    address += static_cast<std::uint64_t>(got);
  }
  return text;
}

std::string file_of(pid_t pid, std::uint64_t descriptor) {
  std::array<char, PATH_MAX> path{};
  const std::string link =
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<int>(descriptor));
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "";
}

// "rename …/index"; empty where nothing is changed.
std::string step_of(pid_t pid, const __ptrace_syscall_info& info, const std::string& root) {
  for (const Call& call : kCalls) {
    if (call.number != info.seccomp.nr) continue;
    const std::uint64_t argument = info.seccomp.args[call.argument];
    if (call.kind == Kind::opened &&
        (info.seccomp.args[call.argument + 1] & (O_CREAT | O_TRUNC)) == 0)
      return {};
    const std::string file =
        call.kind == Kind::written ? file_of(pid, argument) : string_at(pid, argument);
    if (file.starts_with("/dev/") && !file.starts_with(root)) return {};
    if (call.kind == Kind::written && !file.starts_with(root)) return {};
    return std::string(call.name) + " " +
           (file.starts_with(root) ? file.substr(std::min(file.size(), root.size() + 1)) : file);
  }
  return {};
}

struct Run {
  std::string root;
  long kill_before = 0;
  bool all = true;
  pid_t first = -1;
  std::set<pid_t> processes;
  long steps = 0;
  std::string killed_before;
  bool over = false;  // the killing is done: the rest goes on
};

// Also when the killing is done: without a tracer the kernel refuses what the filter stops at.
void go_on(pid_t pid, int signal) {
  ptrace(PTRACE_CONT, pid, nullptr, static_cast<long>(signal));
}

void kill_now(Run& run) {
  run.over = true;
  if (!run.all) {
    kill(run.first, SIGKILL);
    return;
  }
  for (const pid_t pid : run.processes) kill(pid, SIGKILL);
}

void at_call(Run& run, pid_t pid) {
  __ptrace_syscall_info info{};
  ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
  if (run.over || info.op != PTRACE_SYSCALL_INFO_SECCOMP) return;
  std::string step = step_of(pid, info, run.root);
  if (step.empty() || ++run.steps != run.kill_before) return;
  run.killed_before = std::move(step);
  kill_now(run);
}

// The wait status of the command itself.
int follow(Run& run) {
  int result = 0, status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
    if (pid < 0) continue;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      run.processes.erase(pid);
      if (pid == run.first) result = status;
      continue;
    }
    const bool known = !run.processes.insert(pid).second;
    const int signal = WSTOPSIG(status), event = status >> 16;
    if (run.over && run.all) kill(pid, SIGKILL);
    if (event == PTRACE_EVENT_SECCOMP) at_call(run, pid);
    if (event != 0 || (signal == SIGSTOP && !known)) {  // of ptrace itself
      go_on(pid, 0);
    } else {
      go_on(pid, signal);
    }
  }
  return result;
}

// Has the kernel stop at the calls of the table alone: the others cost nothing.
bool stop_at_calls() {
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const Call& call : kCalls) {
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call.number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

pid_t start(char** command) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kCannotTrace);
  raise(SIGSTOP);
  if (!stop_at_calls()) _exit(kCannotTrace);
  execvp(command[0], command);
  std::perror(command[0]);
  _exit(127);
}

}  // namespace

int main(int count, char** words) {
  if (count < 6) return 2;
  Run run{words[1], std::atol(words[2]), std::string_view(words[3]) == "all", -1, {}, 0, {}, false};
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // what goes on is waited for
  run.first = start(words + 5);
  int status = 0;
  waitpid(run.first, &status, 0);
  constexpr long kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                            PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, run.first, nullptr, kOptions) != 0)
    return kCannotTrace;
  run.processes.insert(run.first);
  go_on(run.first, 0);
  status = follow(run);
  std::FILE* report = std::fopen(words[4], "w");
  if (report == nullptr) return 2;
  std::fprintf(report, "%ld %s\n", run.steps, run.killed_before.c_str());
  std::fclose(report);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kKilled;
}
