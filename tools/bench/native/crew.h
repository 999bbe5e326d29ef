/* The processes that do the work. */
#ifndef SLUICE_BENCH_CREW_H
#define SLUICE_BENCH_CREW_H

/* Makes what they share. To be called first. */
void crew_begin(void);
/* Starts them; returns when all of them stand at the barrier. */
void crew_muster(void);
/* Opens the barrier; returns when all of them have done their parts. */
void crew_work(void);
/* OPERATIONS BYTES NANOSECONDS, then BUCKET:COUNT for each bucket of latencies that is not empty. */
void crew_report(void);
/* Has them verify what they wrote, and waits for their ends. */
void crew_dismiss(void);
/* Ends them where they stand: nobody wants the work. */
void crew_abandon(void);

#endif
