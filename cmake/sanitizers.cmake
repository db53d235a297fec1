# How a build with sanitizers is tested; its flags are in targets.cmake.

# Those with which the tests are run; the fuzzers have others.
set(rr_tests_are_sanitized OFF)
set(rr_sanitizes_addresses OFF)
if(RR_SANITIZERS MATCHES "^(address|thread)")
  set(rr_tests_are_sanitized ON)
  if(CMAKE_MATCH_1 STREQUAL "address")
    set(rr_sanitizes_addresses ON)
  endif()
endif()

# With ThreadSanitizer all that takes locks must be built with it.
set(rr_tsan_libraries "${PROJECT_SOURCE_DIR}/build/tsan-libraries")
if(RR_SANITIZERS STREQUAL "thread")
  if(EXISTS "${rr_tsan_libraries}/libzmq.so")
    list(PREPEND CMAKE_BUILD_RPATH "${rr_tsan_libraries}")
  else()
    message(WARNING "There will be reports of races where there are none: "
                    "scripts/tsan-libraries has not been run.")
  endif()
endif()

# The interpreter of tests that are in Python; empty where there is none that can
# load a library of this build.
set(RR_PYTHON "/usr/bin/python3")
if(RR_SANITIZERS)
  set(RR_PYTHON "")
endif()
if(rr_tests_are_sanitized AND RR_BUILD_TESTS)
  find_package(Python3 COMPONENTS Development.Embed)
  if(Python3_Development.Embed_FOUND)
    set(RR_PYTHON "${PROJECT_BINARY_DIR}/sanitized/python3")
    add_executable(test-python tests/programs/python.c)
    target_link_libraries(test-python PRIVATE rr-flags Python3::Python)
    # What it loads takes libraries from where it takes its own, too.
    target_link_options(test-python PRIVATE "LINKER:--disable-new-dtags")
    set_target_properties(
      test-python
      PROPERTIES OUTPUT_NAME python3 RUNTIME_OUTPUT_DIRECTORY
                                     "${PROJECT_BINARY_DIR}/sanitized")
  else()
    message(WARNING "Tests in Python are left out: there is no libpython3-dev, "
                    "which scripts/setup --sanitizers installs.")
  endif()
endif()

# What UndefinedBehaviorSanitizer finds goes to a file, too.
if(rr_sanitizes_addresses AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_library(rr-sanitizer-reports OBJECT cmake/sanitizer_reports.c)
  target_compile_options(rr-sanitizer-reports PRIVATE -fPIC)
  target_link_libraries(
    rr-flags
    INTERFACE $<BUILD_INTERFACE:$<TARGET_OBJECTS:rr-sanitizer-reports>>)
endif()

# Tests that have something die by SIGSEGV or the like on purpose.
set(rr_crashing_tests
    faults/children
    faults/kill_matrix
    faults/runtime
    integration/latch
    integration/run
    soak)

# Tests with programs that LeakSanitizer cannot stop to look into: they have
# become another user, are traced, may start nothing more, or end by themselves
# in a namespace of process ids, where they find themselves not in /proc (which
# makes an exit code of 1). All else is found.
set(rr_unsearched_tests
    bridges/process/child_limits
    bridges/process/containment
    bridges/process/namespaces
    faults/resources
    faults/threads
    integration/latch)

# What cannot be, by name, and why: of a file in Python, as test:method.
set(rr_left_out
    # A sanitizer has memory of its own, which nothing else can refuse.
    faults/kernel:test_no_memory
    faults/kernel:test_malloc_enomem
    stress/kernel:test_no_memory
    stress/kernel:test_malloc_enomem
    # The system's interpreter, which runs the robot of `init`, loads no library
    # of such a build.
    integration/first_steps:test_init_check_and_run_are_enough
    integration/pages:test_getting_started
    # They make mlockall do nothing.
    integration/scheduling:test_what_is_not_permitted_is_refused_in_one_line
    integration/scheduling:test_the_runtime_is_tuned_and_its_child_is_as_if_it_were_not
    # They reserve terabytes, which a limit of memory refuses, take their time
    # before the program can ignore an alarm, and write where files may have no
    # size.
    integration/surroundings:test_a_stop_works_in_all_surroundings
    integration/surroundings:test_children_get_what_the_runtime_was_started_with)

# What no sanitizer can be with at all: they make mlockall do nothing.
set(rr_untested bridges/process/runtime_scheduling)

# Nor ThreadSanitizer: it takes a thread that a fork has made for one that there is
# already; what is installed has the system's libraries, which it knows nothing of.
if(RR_SANITIZERS STREQUAL "thread")
  list(APPEND rr_untested bridges/process/child_limits integration/install)
endif()

# Every process that a test starts, however deep, writes a report to a file that
# is named after the test; that there is none is looked at after the last test,
# for a test may expect that what it starts fails, or not look at it.
set(rr_reports "${PROJECT_BINARY_DIR}/sanitized/reports")

# KiB that a process may have more, after which tests look: AddressSanitizer keeps
# 256 MiB of what is freed, and room around everything, and ThreadSanitizer has
# several bytes for each.
set(rr_memory_slack 524288)
if(RR_SANITIZERS STREQUAL "thread")
  set(rr_memory_slack 2097152)
endif()

# Sets the environment of one test.
function(rr_set_sanitizer_options test)
  string(REPLACE "/" "." file "${test}")
  set(path "${rr_reports}/${file}")
  # A library that a test has the linker load first changes no memory.
  set(options
      log_path=${path} log_exe_name=1 check_initialization_order=1
      detect_stack_use_after_return=1 strict_string_checks=1
      verify_asan_link_order=0)
  set(thread_options
      log_path=${path} log_exe_name=1
      # A child of a program with threads may start some, too, and what hangs is
      # left behind at the end.
      die_after_fork=0 report_thread_leaks=0
      suppressions=${PROJECT_SOURCE_DIR}/cmake/tsan.supp)
  if(test IN_LIST rr_crashing_tests)
    list(APPEND options handle_segv=0 handle_sigbus=0)
    list(APPEND thread_options handle_segv=0 handle_sigbus=0)
  endif()
  if(test IN_LIST rr_unsearched_tests)
    list(APPEND options detect_leaks=0)
  endif()
  if(test IN_LIST rr_untested)
    set_tests_properties(${test} PROPERTIES DISABLED ON)
  endif()
  list(JOIN options ":" options)
  list(JOIN thread_options ":" thread_options)
  set(left_out ${rr_left_out})
  list(FILTER left_out INCLUDE REGEX "^${test}:")
  list(TRANSFORM left_out REPLACE ".*:" "")
  list(JOIN left_out " " left_out)
  set(suppressions "${PROJECT_SOURCE_DIR}/cmake/ubsan.supp")
  set_property(
    TEST ${test}
    APPEND
    PROPERTY
      ENVIRONMENT
      "ASAN_OPTIONS=${options}"
      "UBSAN_OPTIONS=suppressions=${suppressions}:log_exe_name=1:print_stacktrace=1"
      "UBSAN_LOG_PATH=${path}.ub"
      "TSAN_OPTIONS=${thread_options}"
      "RR_MEMORY_SLACK=${rr_memory_slack}"
      "RR_LEFT_OUT=${left_out}")
  set_property(TEST ${test} APPEND PROPERTY FIXTURES_REQUIRED sanitizer-reports)
endfunction()

# To be called at the end of a folder that has tests.
function(rr_sanitize_tests)
  if(NOT RR_SANITIZERS)
    return()
  endif()
  get_property(tests DIRECTORY PROPERTY TESTS)
  foreach(test IN LISTS tests)
    # Everything takes several times as long.
    get_test_property(${test} TIMEOUT timeout)
    if(timeout)
      math(EXPR timeout "4 * ${timeout}")
      set_tests_properties(${test} PROPERTIES TIMEOUT ${timeout})
    endif()
    if(rr_tests_are_sanitized)
      rr_set_sanitizer_options(${test})
    endif()
  endforeach()
endfunction()

# Forgets the reports before the first test, and looks for some after the last.
function(rr_add_sanitizer_reports)
  if(NOT rr_tests_are_sanitized)
    return()
  endif()
  set(script "${PROJECT_SOURCE_DIR}/tests/reports.sh")
  add_test(NAME sanitizer-reports-cleared COMMAND "${script}" --clear
                                                  "${rr_reports}")
  add_test(NAME sanitizer-reports COMMAND "${script}" "${rr_reports}")
  set_tests_properties(sanitizer-reports-cleared
                       PROPERTIES TIMEOUT 60 FIXTURES_SETUP sanitizer-reports)
  set_tests_properties(
    sanitizer-reports PROPERTIES TIMEOUT 60 FIXTURES_CLEANUP sanitizer-reports)
  # That a report in what a test starts is seen.
  set(faults race)
  if(rr_sanitizes_addresses)
    set(faults overrun overflow leak)
  endif()
  add_executable(test-faulty programs/faulty.c)
  target_link_libraries(test-faulty PRIVATE rr-flags)
  add_test(NAME sanitizer-reports-self-test
           COMMAND "${script}" --self-test $<TARGET_FILE:test-faulty>
                   ${faults})
  set_tests_properties(sanitizer-reports-self-test PROPERTIES TIMEOUT 60)
endfunction()
